// What the state stream's messages say: what holds until it is taken back. A line of JSON, and behind it a session's
// content as it is.

internal import EventLog
internal import NIOCore
internal import OpenSSLKit
internal import StrictJSON

/// One message of the state stream.
enum StateRecord: Sendable, Equatable {
    case revocation(Revocation)
    case session(KeptSession)
    /// A session was let go of before its end. The message stands in its place until every node has heard of it.
    case forgotten(KeptSession.Name)
    /// The log went back.
    case epoch(EpochRecord)

    /// The form's number. A message with another one is another version's.
    static let version: Int64 = 1

    // MARK: Its bytes

    var payload: ByteBuffer {
        guard case .epoch(let record) = self else { return line }
        return record.payload
    }

    private var line: ByteBuffer {
        var (writer, content) = (JSONWriter(), [UInt8]())
        writer.object { members in
            members.integer("v", Self.version)
            switch self {
            case .revocation(let revocation): Self.write(revocation, to: &members)
            case .session(let session):
                members.string("session", Hexadecimal.text(of: session.name.bytes))
                members.string("user", session.user)
                members.string("sign_in", session.session)
                members.integer("ends", session.endsAt.milliseconds)
                content = session.content
            case .forgotten(let name): members.string("forgotten", Hexadecimal.text(of: name.bytes))
            case .epoch: break
            }
        }
        return ByteBuffer(bytes: writer.bytes + [UInt8(ascii: "\n")] + content)
    }

    private static func write(_ revocation: Revocation, to members: inout JSONMembers) {
        switch revocation.target {
        case .token(let name): members.string("token", name)
        case .user(let name): members.string("user", name)
        case .everyone: members.bool("everyone", true)
        }
        members.integer("before", revocation.issuedBefore)
        members.integer("made", revocation.madeAt.milliseconds)
    }

    /// Reads a message's payload.
    ///
    /// - Returns: nothing when this version has not written it.
    init?(payload: ByteBuffer, isEpoch: Bool = false) {
        if isEpoch {
            guard let record = EpochRecord(payload: payload) else { return nil }
            self = .epoch(record)
            return
        }
        let bytes = payload.readableBytesView
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let line = try? StateLine(json: Array(bytes[..<end])), line.version == Self.version,
            let record = line.record(content: Array(bytes[bytes.index(after: end)...]))
        else { return nil }
        self = record
    }
}

/// The line as it is read.
private struct StateLine: JSONObject {
    var version: Int64 = 0
    var token: String?
    var user: String?
    var isEveryone = false
    var before: Int64?
    var made: Int64?
    var session: KeptSession.Name?
    var signIn = ""
    var ends: Int64?
    var forgotten: KeptSession.Name?

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "token": token = try reader.readString()
        case "user": user = try reader.readString()
        case "everyone": isEveryone = try reader.readBool()
        case "before": before = try reader.readInteger()
        case "made": made = try reader.readInteger()
        case "session": session = Self.name(try reader.readString())
        case "sign_in": signIn = try reader.readString()
        case "ends": ends = try reader.readInteger()
        case "forgotten": forgotten = Self.name(try reader.readString())
        default: try reader.skipValue()
        }
    }

    func record(content: [UInt8]) -> StateRecord? {
        if let forgotten { return .forgotten(forgotten) }
        if let session {
            guard let user, let ends else { return nil }
            return .session(
                KeptSession(
                    name: session, user: user, session: signIn, endsAt: WallTime(milliseconds: ends), content: content))
        }
        guard let before, let made, let target else { return nil }
        return .revocation(
            Revocation(target, issuedBefore: before, madeAt: WallTime(milliseconds: made)))
    }

    private var target: Revocation.Target? {
        if isEveryone { return .everyone }
        return token.map { .token($0) } ?? user.map { .user($0) }
    }

    private static func name(_ digits: String) -> KeptSession.Name? {
        Hexadecimal.bytes(of: digits).flatMap { KeptSession.Name(digest: $0) }
    }
}

extension LogSubjects {
    /// Where a record stands: one message for each thing that it is about.
    func subject(of record: StateRecord) throws(OpenSSLFailure) -> String {
        switch record {
        case .revocation(let revocation): try subject(of: revocation.target)
        case .session(let session): subject(of: session.name)
        case .forgotten(let name): subject(of: name)
        case .epoch: epoch
        }
    }

    func subject(of name: KeptSession.Name) -> String { "\(stream).s.k.\(Hexadecimal.text(of: name.bytes))" }

    func subject(of target: Revocation.Target) throws(OpenSSLFailure) -> String {
        switch target {
        case .token(let name): "\(stream).s.t.\(try NameHash(name).text)"
        case .user(let name): "\(stream).s.u.\(try NameHash(name).text)"
        case .everyone: "\(stream).s.a"
        }
    }
}
