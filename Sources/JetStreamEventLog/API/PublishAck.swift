// The acknowledgement of a publish: `{"stream": "sluice", "seq": 7, "duplicate": true}`.

internal import NIOCore
internal import StrictJSON

/// A stream has a message; or believes that it had it before.
struct PublishAck: Sendable, Equatable, JSONObject {
    var stream = ""
    var sequence: UInt64 = 0
    /// Whether a message with this id was stored within the stream's duplicate window. That it is still there, or ever
    /// was on more than the server that died, has to be looked for (nats-server #6415, #6486).
    var isDuplicate = false

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "stream": stream = try reader.readString()
        case "seq": sequence = try reader.readSequence()
        case "duplicate": isDuplicate = try reader.readBool()
        default: try reader.skipValue()
        }
    }
}

extension PublishAck {
    init(_ payload: ByteBuffer) throws(JetStreamError) {
        let reply: APIReply<PublishAck>
        do throws(JSONError) {
            reply = try APIReply(json: Array(payload.readableBytesView))
        } catch {
            throw JetStreamError(.malformed("\(error)"), of: "publish")
        }
        if let refusal = reply.refusal { throw JetStreamError(.refused(refusal), of: "publish") }
        guard reply.answer.sequence > 0 else { throw JetStreamError(.malformed("it has no sequence"), of: "publish") }
        self = reply.answer
    }
}
