// What nodes ask each other of a keyed message that has left the log: one that started later has not seen what it said,
// and another may have. It goes by NATS beside the log, and is anybody's word who may write to the cluster's subjects.

internal import EventLog
internal import NIOCore
internal import StrictJSON

/// Asks what was stored at a place.
struct KeyQuestion: Sendable, Equatable, JSONObject {
    private var version: Int64 = 0
    /// Of the log in which the place is.
    private(set) var epoch = ""
    private(set) var sequence: Position = 0

    init() {}

    init(_ sequence: Position, in epoch: Epoch) {
        (version, self.sequence, self.epoch) = (StateRecord.version, sequence, epoch.description)
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "epoch": epoch = try reader.readString()
        case "sequence": sequence = try reader.readSequence()
        default: try reader.skipValue()
        }
    }

    var payload: ByteBuffer {
        var writer = JSONWriter(capacity: 64)
        writer.object { members in
            members.integer("v", version)
            members.string("epoch", epoch)
            members.integer("sequence", Int64(clamping: sequence))
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// Reads a message's payload; nothing when it is another version's.
    init?(payload: ByteBuffer) {
        guard let question = try? KeyQuestion(json: Array(payload.readableBytesView)),
            question.version == StateRecord.version
        else { return nil }
        self = question
    }
}

/// Says what was stored at a place. Only a node that knows it answers.
struct KeyAnswer: Sendable, Equatable, JSONObject {
    private var version: Int64 = 0
    private var name = ""
    private var digest = ""
    private var streams = 0

    init() {}

    init(_ entry: KeyBook.Entry) {
        (version, name, digest, streams) = (StateRecord.version, entry.name, entry.digest.text, entry.streams)
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "name": self.name = try reader.readString()
        case "digest": digest = try reader.readString()
        case "streams": streams = Int(clamping: try reader.readInteger())
        default: try reader.skipValue()
        }
    }

    var payload: ByteBuffer {
        var writer = JSONWriter(capacity: 192)
        writer.object { members in
            members.integer("v", version)
            members.string("name", name)
            members.string("digest", digest)
            members.integer("streams", Int64(streams))
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// Reads a message's payload; nothing when it says none of ours.
    static func entry(in payload: ByteBuffer) -> KeyBook.Entry? {
        guard let answer = try? KeyAnswer(json: Array(payload.readableBytesView)),
            answer.version == StateRecord.version
        else { return nil }
        return KeyBook.Entry(name: answer.name, digest: answer.digest, streams: answer.streams)
    }
}
