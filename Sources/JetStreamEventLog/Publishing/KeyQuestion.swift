// What nodes ask each other of a keyed message that has left the log: one that started later has not seen what it said,
// and another may have. It goes by NATS beside the log, and is anybody's word who may write to the cluster's subjects.

internal import EventLog
internal import NIOCore
internal import StrictJSON

/// Asks whether what was stored at a place is what somebody publishes again.
///
/// Who asks says what it was, and not who answers: otherwise whoever may ask could have the digests of all that was
/// published, and try words against them.
struct KeyQuestion: Sendable, Equatable, JSONObject {
    private var version: Int64 = 0
    /// Of the log in which the place is.
    private(set) var epoch = ""
    private(set) var sequence: Position = 0
    /// The message's name, as ``MessageID`` makes it.
    private(set) var name = ""
    /// Of the request, in hexadecimal digits.
    private(set) var digest = ""

    init() {}

    init(of name: String, _ digest: String, at sequence: Position, in epoch: Epoch) {
        (version, self.name, self.digest) = (StateRecord.version, name, digest)
        (self.sequence, self.epoch) = (sequence, epoch.description)
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "epoch": epoch = try reader.readString()
        case "sequence": sequence = try reader.readSequence()
        case "name": self.name = try reader.readString()
        case "digest": digest = try reader.readString()
        default: try reader.skipValue()
        }
    }

    var payload: ByteBuffer {
        var writer = JSONWriter(capacity: 256)
        writer.object { members in
            members.integer("v", version)
            members.string("epoch", epoch)
            members.integer("sequence", Int64(clamping: sequence))
            members.string("name", name)
            members.string("digest", digest)
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

/// Says that something was stored there under that name, and whether it was the same. Only a node that has seen it
/// answers.
struct KeyAnswer: Sendable, Equatable, JSONObject {
    private var version: Int64 = 0
    private(set) var isSame = false
    /// How many streams the publisher was told of.
    private(set) var streams = 0

    init() {}

    /// What a node says that had an entry at the place.
    ///
    /// - Returns: nothing when that was another message.
    init?(_ entry: KeyBook.Entry, to question: KeyQuestion) {
        guard case .ours(let digest, let streams) = entry.found(by: question.name, digest: question.digest) else {
            return nil
        }
        (version, isSame, self.streams) = (StateRecord.version, digest != nil, streams)
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "same": isSame = try reader.readBool()
        case "streams": streams = Int(clamping: try reader.readInteger())
        default: try reader.skipValue()
        }
    }

    var payload: ByteBuffer {
        var writer = JSONWriter(capacity: 64)
        writer.object { members in
            members.integer("v", version)
            members.bool("same", isSame)
            members.integer("streams", Int64(streams))
        }
        return ByteBuffer(bytes: writer.bytes)
    }

    /// Reads a message's payload; nothing when it says none of ours.
    init?(payload: ByteBuffer) {
        guard let answer = try? KeyAnswer(json: Array(payload.readableBytesView)),
            answer.version == StateRecord.version
        else { return nil }
        self = answer
    }

    /// What the answer is to whoever asked about their message.
    ///
    /// - Parameter digest: of their request.
    func found(_ digest: String) -> BatchRounds.Found { .ours(digest: isSame ? digest : nil, streams: streams) }
}
