// An event as its message has it: a line of JSON that says whose it is, and its data behind it, as they came.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// What a message of the events stream carries.
struct EventMessage: Sendable {
    var audience = Audience.everyone
    var name: EventName?
    /// What the request is called that brought it, where streams are told.
    var request: FieldValue?
    var data = ByteBuffer()
    var expiresAt: WallTime?
    /// The digest of the request that it came with, in hexadecimal digits; only of one with a key.
    var digest: String?
    /// How many streams were open for it: part of the answer to a retry.
    var streams = 0

    /// The form's number. A message with another one is another version's.
    static let version: Int64 = 1
    /// How many bytes of the line there are beside the audience's names and the event's, at most.
    static let lineBytes = 512

    init() {}

    /// What becomes of an event that is appended now.
    init(_ event: NewEvent, streams: Int, digest: String?, now: WallTime) {
        (audience, name, data) = (event.audience, event.name, event.data)
        request = event.request
        expiresAt = event.timeToLive.map { now.adding(seconds: $0) }
        (self.streams, self.digest) = (streams, digest)
    }

    /// The event at its place, encoded for streams.
    func event(at id: LoggedEventID) -> LoggedEvent {
        let event = NewEvent(audience: audience, name: name, data: data, request: request)
        var frame = EventFrame(unplaced: event, in: id.epoch)
        frame.place(at: id)
        return LoggedEvent(sequence: id.sequence, audience: audience, frame: frame, expiresAt: expiresAt)
    }

    // MARK: Its bytes

    /// What stands before the data in a message's payload: the line and its end.
    var opening: [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.object { members in
            members.integer("v", Self.version)
            switch audience {
            case .user(let name): members.string("user", name)
            case .users(let names): members.strings("users", names)
            case .topic(let name): members.string("topic", name)
            case .everyone: members.bool("everyone", true)
            }
            if let name { members.string("event", name.text) }
            if let request { members.string("request", request.text) }
            if let expiresAt { members.integer("expires", expiresAt.milliseconds) }
            if let digest { members.string("digest", digest) }
            members.integer("streams", Int64(streams))
        }
        writer.endLine()
        return writer.bytes
    }

    /// Reads a message's payload.
    ///
    /// - Throws: what is wrong with a message that this version has not written.
    init(payload: ByteBuffer) throws(Unreadable) {
        let bytes = payload.readableBytesView
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { throw Unreadable("it has no first line") }
        let line: Line
        do throws(JSONError) {
            line = try Line(json: Array(bytes[..<end]))
        } catch {
            throw Unreadable("\(error)")
        }
        guard line.version == Self.version else { throw Unreadable("its version is \(line.version)") }
        guard let audience = line.audience else { throw Unreadable("it has no audience") }
        do {
            name = try line.name.map { try EventName($0) }
        } catch {
            throw Unreadable("its event's name is none")
        }
        // A version that does not know it passes over it, so what is wrong with it is no reason to skip the event.
        request = line.request.flatMap { try? FieldValue($0) }
        self.audience = audience
        data = payload.getSlice(at: end + 1, length: payload.writerIndex - end - 1) ?? ByteBuffer()
        (expiresAt, digest, streams) = (line.expiresAt, line.digest, line.streams)
    }

    /// Why a message is skipped.
    struct Unreadable: Error, Equatable {
        let why: String

        init(_ why: String) { self.why = why }
    }

    /// The line as it is read.
    private struct Line: JSONObject {
        var version: Int64 = 0
        var audience: Audience?
        var name: String?
        var request: String?
        var expiresAt: WallTime?
        var digest: String?
        var streams = 0

        mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
            switch name {
            case "v": version = try reader.readInteger()
            case "user": audience = .user(try reader.readString())
            case "users": audience = .users(try reader.readStrings())
            case "topic": audience = .topic(try reader.readString())
            case "everyone": audience = try reader.readBool() ? .everyone : nil
            case "event": self.name = try reader.readString()
            case "request": request = try reader.readString()
            case "expires": expiresAt = WallTime(milliseconds: try reader.readInteger())
            case "digest": digest = try reader.readString()
            case "streams": streams = Int(clamping: try reader.readInteger())
            default: try reader.skipValue()
            }
        }
    }
}
