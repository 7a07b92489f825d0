// A note in the events stream: what the state stream had when it was written belongs here in the order of events.

internal import EventLog
internal import NIOCore
internal import StrictJSON

/// How far the state has to be known before what comes behind the note.
struct StateNote: Sendable, Equatable, JSONObject {
    var version: Int64 = 0
    /// A sequence of the state stream.
    var state: Position = 0

    init() {}

    init(state: Position) { (version, self.state) = (StateRecord.version, state) }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "state": state = try reader.readSequence()
        default: try reader.skipValue()
        }
    }

    var payload: ByteBuffer {
        var writer = JSONWriter()
        writer.object { members in
            members.integer("v", version)
            members.integer("state", Int64(clamping: state))
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
