// A note in the events stream: what the state stream had when it was written belongs here in the order of events.

internal import EventLog
internal import NIOCore
internal import StrictJSON

/// How far the state has to be known before what comes behind the note.
struct StateNote: Sendable, Equatable, JSONObject {
    var version: Int64 = 0
    /// A sequence of the state stream.
    var state: Position = 0
    private var number: UInt64?
    private var asker = ""

    init() {}

    /// - Parameter question: of whoever wants to hear how many streams the change ends.
    init(state: Position, asked question: EndQuestion? = nil) {
        (version, self.state) = (StateRecord.version, state)
        (number, asker) = (question?.number, question?.asker ?? "")
    }

    /// Who wants to hear how many streams the change ends.
    var question: EndQuestion? { number.map { EndQuestion(number: $0, asker: asker) } }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "state": state = try reader.readSequence()
        case "number": number = UInt64(try reader.readString(), radix: 16)
        case "asker": asker = try reader.readString()
        default: try reader.skipValue()
        }
    }

    var payload: ByteBuffer {
        var writer = JSONWriter()
        writer.object { members in
            members.integer("v", version)
            members.integer("state", Int64(clamping: state))
            if let number {
                members.string("number", String(number, radix: 16))
                members.string("asker", asker)
            }
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// Reads a message's payload; nothing when this version has not written it, or it is a probe of publishing.
    init?(payload: ByteBuffer) {
        guard let note = try? StateNote(json: Array(payload.readableBytesView)), note.version == StateRecord.version,
            note.state > 0
        else { return nil }
        self = note
    }
}
