// What other nodes have, as far as this one knows, and what they are told of this one. A best effort: nobody waits.

package import EventLog

/// Knows how many streams other nodes have. Asked on any thread, for a moment each time.
package protocol StreamsElsewhere: Sendable {
    /// How many streams an event for `audience` is for at other nodes.
    func streamCount(for audience: Audience) -> Int

    /// How many streams a user has at other nodes that are well, for the limit.
    func streamCount(ofUser user: String) -> Int
}

/// How many streams this node has for a name now.
package struct PresenceChange: Sendable, Equatable {
    /// Whose streams are counted.
    package enum Kind: Sendable, Equatable {
        case user, topic
    }

    package let kind: Kind
    package let name: String
    /// 0 for a name that has none any more.
    package let streams: Int

    package init(_ kind: Kind, _ name: String, streams: Int) {
        (self.kind, self.name, self.streams) = (kind, name, streams)
    }
}

/// The names whose counts have changed since they were last asked for. Each is there once.
struct ChangedNames {
    private var users: Set<String> = []
    private var topics: Set<String> = []
    /// Those that are being taken out. One may be noted again meanwhile.
    private var leaving: [(kind: PresenceChange.Kind, name: String)] = []

    mutating func note(_ interest: Interest) {
        users.insert(interest.user)
        for topic in interest.topics { topics.insert(topic) }
    }

    /// Takes some out.
    mutating func take(limit: Int) -> [(kind: PresenceChange.Kind, name: String)] {
        if leaving.isEmpty {
            leaving = users.map { (.user, $0) } + topics.map { (.topic, $0) }
            // A set keeps the room that it once needed.
            (users, topics) = ([], [])
        }
        let taken = Array(leaving.suffix(limit))
        leaving.removeLast(taken.count)
        return taken
    }
}
