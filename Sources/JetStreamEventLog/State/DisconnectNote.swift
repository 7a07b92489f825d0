// A note in the events stream: streams that every node has to end, at this place in the order of events. A version that
// does not know it takes it for a note that says nothing.

internal import EventLog
internal import NIOCore
internal import StrictJSON

/// How a ``Disconnection`` is written. One that means a session has its user under another name: a version that does
/// not know sessions here would end all of the user's streams.
struct DisconnectNote: Sendable, Equatable, JSONObject {
    private var version: Int64 = 0
    private var user: String?
    private var stream: String?
    private var session: String?
    private var node: String?
    private var isRetryable = false
    private var number: UInt64?
    private var asker = ""

    init() {}

    /// What it orders; nothing for another note.
    var order: Disconnection? {
        guard version == StateRecord.version, let user, let number else { return nil }
        return Disconnection(
            number: number, user: user, stream: stream, session: session, node: node, isRetryable: isRetryable,
            asker: asker)
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "disconnect": user = try reader.readString()
        case "sign_out": (user, session) = (try reader.readString(), session ?? "")
        case "session": session = try reader.readString()
        case "stream": stream = try reader.readString()
        case "node": node = try reader.readString()
        case "retryable": isRetryable = try reader.readBool()
        case "number": number = UInt64(try reader.readString(), radix: 16)
        case "asker": asker = try reader.readString()
        default: try reader.skipValue()
        }
    }

    /// The order as a message's payload.
    static func payload(of order: Disconnection) -> ByteBuffer {
        var writer = JSONWriter(capacity: 192)
        writer.object { members in
            members.integer("v", StateRecord.version)
            members.string(order.session == nil ? "disconnect" : "sign_out", order.user)
            if let session = order.session { members.string("session", session) }
            if let stream = order.stream { members.string("stream", stream) }
            if let node = order.node { members.string("node", node) }
            members.bool("retryable", order.isRetryable)
            members.string("number", String(order.number, radix: 16))
            members.string("asker", order.asker)
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// Reads a message's payload; nothing when it is no such note.
    static func order(in payload: ByteBuffer) -> Disconnection? {
        (try? DisconnectNote(json: Array(payload.readableBytesView)))?.order
    }
}
