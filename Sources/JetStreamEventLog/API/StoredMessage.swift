// A message that a stream holds, and the two ways to ask for one: its leader, and whichever server is asked first.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import StrictJSON

/// A message in a stream.
struct StoredMessage: Sendable, Equatable {
    var sequence: Position = 0
    var subject = ""
    /// When its leader stored it.
    var time = ServerTime(nanoseconds: 0)
    var headers = Headers()
    var payload = ByteBuffer()

    /// The name that its publisher gave it, if it did.
    var messageID: String? { headers.first("Nats-Msg-Id") }

    /// Reads the answer to a direct get, whose header says where it stood.
    ///
    /// - Returns: nothing when there was no such message.
    init?(direct message: Message) throws(JetStreamError) {
        do throws(NATSError) {
            headers = try message.headers()
        } catch {
            throw JetStreamError(.malformed(error.message), of: "direct get")
        }
        if let status = headers.status {
            if status.code == 404 || status.code == 204 { return nil }
            throw JetStreamError(
                .refused(Refusal(Refusal.Code(0), status: Int64(status.code), status.text)), of: "direct get")
        }
        guard let subject = headers.first("Nats-Subject"),
            let sequence = headers.first("Nats-Sequence").flatMap({ Position($0) }),
            let time = headers.first("Nats-Time-Stamp").flatMap({ ServerTime($0) })
        else { throw JetStreamError(.malformed("it does not say where it stood"), of: "direct get") }
        (self.subject, self.sequence, self.time, payload) = (subject, sequence, time, message.payload)
    }
}

extension StoredMessage: JSONObject {
    init() {}

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        let offset = reader.offset
        switch name {
        case "seq": sequence = try reader.readSequence()
        case "subject": subject = try reader.readString()
        case "data": payload = try reader.readBase64()
        case "hdrs":
            // What can't be read is no header of ours: the message is then somebody else's.
            headers = (try? Headers(block: try reader.readBase64())) ?? Headers()
        case "time":
            guard let time = ServerTime(try reader.readString()) else {
                throw JSONError(offset, "has no time as RFC 3339 writes it")
            }
            self.time = time
        default: try reader.skipValue()
        }
    }
}

extension JSONReader {
    /// Bytes in base64 (RFC 4648 §4).
    fileprivate mutating func readBase64() throws(JSONError) -> ByteBuffer {
        let offset = offset
        guard let bytes = Base64.decode(try readStringBytes()) else { throw JSONError(offset, "is not base64") }
        return ByteBuffer(bytes: bytes)
    }
}

/// The answer to `STREAM.MSG.GET`.
struct LeadersMessage: Sendable, Equatable, JSONObject {
    var message = StoredMessage()

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        if name == "message" { message = try StoredMessage(&reader) } else { try reader.skipValue() }
    }
}

/// Which message of a stream is meant.
enum MessagePlace: Sendable, Equatable {
    case sequence(Position)
    /// The first one from a sequence on whose subject fits.
    case next(Position, subject: String)
    /// The newest one of a subject.
    case last(subject: String)

    func write(_ members: inout JSONMembers) {
        switch self {
        case .sequence(let sequence): members.integer("seq", Int64(clamping: sequence))
        case .next(let sequence, let subject):
            members.integer("seq", Int64(clamping: sequence))
            members.string("next_by_subj", subject)
        case .last(let subject): members.string("last_by_subj", subject)
        }
    }
}

extension APIRequest<LeadersMessage> {
    /// Asks the leader: what it says is so. Refused as ``Refusal/Code/noMessage`` when there is none.
    static func message(_ place: MessagePlace, of stream: String) -> Self {
        APIRequest("STREAM.MSG.GET.\(stream)") { place.write(&$0) }
    }
}

/// A question to whichever server with the stream takes it: cheap, and perhaps answered from a copy that lags.
struct DirectGet: Sendable, Equatable {
    let subject: String
    let body: [UInt8]

    /// - Parameters:
    ///   - batch: how many messages from there on, each of which comes by itself (nats-server 2.11).
    ///   - bytes: and how many bytes at most.
    init(_ place: MessagePlace, of stream: String, batch: Int? = nil, bytes: Int? = nil) {
        subject = "$JS.API.DIRECT.GET.\(stream)"
        var writer = JSONWriter()
        writer.object { members in
            place.write(&members)
            if let batch { members.integer("batch", Int64(batch)) }
            if let bytes { members.integer("max_bytes", Int64(bytes)) }
        }
        body = writer.bytes
    }
}
