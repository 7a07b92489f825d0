// What subscribers of a topic are told of each other, and its words in the stream.

internal import EventLog
internal import EventStream
internal import NIOCore
internal import StrictJSON

/// What there is to tell of one topic.
struct AttendanceNews: Sendable, Equatable {
    /// Who has come and gone since the last time.
    struct Change: Sendable, Equatable {
        var joined: [String]
        var left: [String]
    }

    let topic: String
    /// How many users there are; nothing when nobody counts them.
    let online: Int?
    /// All of them; nothing when they are too many to be told by name.
    var members: [String]?
    /// Nothing when everybody is told the whole.
    var change: Change?
    /// Whether there may be subscribers who are not counted: here without room, or at nodes that have not told all.
    var isIncomplete = false

    /// Of a topic whose users nobody counts, or counts any more.
    static func unknown(_ topic: String) -> AttendanceNews { AttendanceNews(topic: topic, online: nil) }

    /// For a stream that has heard nothing of the topic yet, or missed something.
    var whole: EventFrame {
        frame { json in
            if let members { json.strings("members", Self.sorted(members)) }
        }
    }

    /// For a stream that has heard all before.
    var news: EventFrame {
        guard let change else { return whole }
        return frame { json in
            json.strings("joined", Self.sorted(change.joined))
            json.strings("left", Self.sorted(change.left))
        }
    }

    /// `event: sluice.presence`. It has no id, so that a reconnect goes on behind the newest event of the log.
    private func frame(_ names: (inout JSONMembers) -> Void) -> EventFrame {
        var json = JSONWriter()
        json.object { json in
            json.string("topic", topic)
            names(&json)
            if let online { json.integer("online", Int64(online)) } else { json.raw("online", "null".utf8) }
            if isIncomplete { json.bool("more", true) }
        }
        return EventFrame(id: nil, event: Self.name, data: ByteBuffer(bytes: json.bytes))
    }

    private static let name = EventName(literal: "sluice.presence")

    private static func sorted(_ names: [String]) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
