// The acknowledgement of a publish: `{"stream": "sluice", "seq": 7, "duplicate": true}`.

internal import NATSClient
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
    /// What the answer to a publish says.
    static func result(of answer: Result<Message, NATSError>) -> Result<PublishAck, JetStreamError> {
        JetStreamAPI.answer(in: answer, to: "publish", PublishAck.init)
    }

    init(_ payload: ByteBuffer) throws(JetStreamError) {
        if let plain = payload.withUnsafeReadableBytes({ PublishAck(plain: $0) }) {
            self = plain
            return
        }
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

    /// Reads what servers write for a message that is new: the name, the sequence, and nothing else. There is one for
    /// each event, and reading JSON takes several times as long.
    ///
    /// - Returns: nothing when it is anything else, which may be as good.
    init?(plain text: UnsafeRawBufferPointer) {
        guard text.starts(with: Self.head), text.last == UInt8(ascii: "}") else { return nil }
        let name = text.dropFirst(Self.head.count).prefix(while: LogSubjects.isNameByte)
        let rest = text[name.endIndex...].dropLast()
        guard let middle = Self.middles.first(where: { rest.starts(with: $0) }) else { return nil }
        let digits = rest.dropFirst(middle.count)
        guard (1...18).contains(digits.count), digits.first != 0x30 else { return nil }
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            sequence = sequence * 10 + UInt64(digit - 0x30)
        }
        stream = String(decoding: name, as: UTF8.self)
    }

    private static let head = Array(#"{"stream":""#.utf8)
    /// Between name and sequence: of nats-server 2.15, and of 2.9.
    private static let middles = [Array(#"","seq":"#.utf8), Array(#"", "seq":"#.utf8)]
}
