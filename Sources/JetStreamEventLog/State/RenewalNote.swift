// A note in the events stream: a session that goes on with a new token, at this place in the order of events. A line of
// JSON, and behind it what the token said as it is: a version that does not know it can't read it, and passes it over.

internal import EventLog
internal import NIOCore
internal import StrictJSON

/// How a ``SessionRenewal`` is written.
struct RenewalNote: Sendable, Equatable, JSONObject {
    private var version: Int64 = 0
    private var user: String?
    private var session: String?

    init() {}

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "v": version = try reader.readInteger()
        case "extend": user = try reader.readString()
        case "session": session = try reader.readString()
        default: try reader.skipValue()
        }
    }

    /// The renewal as a message's payload.
    static func payload(of renewal: SessionRenewal) -> ByteBuffer {
        var writer = JSONWriter(capacity: 192)
        writer.object { members in
            members.integer("v", StateRecord.version)
            members.string("extend", renewal.user)
            members.string("session", renewal.session)
        }
        return ByteBuffer(bytes: writer.bytes + [UInt8(ascii: "\n")] + renewal.content)
    }

    /// Reads a message's payload; nothing when it is no such note, or says more than a gateway writes.
    static func renewal(in payload: ByteBuffer) -> SessionRenewal? {
        let bytes = payload.readableBytesView
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let note = try? RenewalNote(json: Array(bytes[..<end])), note.version == StateRecord.version,
            let user = note.user, let session = note.session
        else { return nil }
        let content = Array(bytes[bytes.index(after: end)...])
        guard content.count <= SessionRenewal.contentLimit else { return nil }
        return SessionRenewal(user: user, session: session, content: content)
    }
}
