// Which topics tell their subscribers who is there, and how much of it. Defaults stand with the configuration keys.

package import NIOCore

/// `presence.…`: what subscribers of a topic are told of each other.
package struct PresenceSettings: Sendable, Equatable {
    /// Topics of which this is told; of none where it is empty.
    package var topics: PresenceTopics
    /// How long a user has to be away before it counts as gone, and the time between two events of a topic.
    package var debounce: TimeAmount
    /// How many users of a topic are told by name. When there are more, only their number is told.
    package var members: Int
    /// How many bytes the users of all these topics may take up, on all shards together.
    package var bytes: Int

    package init(topics: PresenceTopics, debounce: TimeAmount, members: Int, bytes: Int) {
        (self.topics, self.debounce, self.members, self.bytes) = (topics, debounce, members, bytes)
    }

    /// Nothing is told of anybody, and nothing is kept for it.
    static let off = PresenceSettings(topics: .none, debounce: .seconds(5), members: 0, bytes: 0)

    /// How many of them one user may bring on a shard: by topics that nobody else is in, or by many. So a few users
    /// with many topics keep nobody else from being counted. A sixteenth on all shards together, and enough for some
    /// topics on each in any case.
    ///
    /// - Parameter places: how many shards there are.
    func bytesPerUser(places: Int) -> Int { max(max(bytes / 16, 32 * 1024) / places, 8 * 1024) }

    var isOn: Bool { !topics.patterns.isEmpty }

    /// How many presence events a topic may cost in a second, by the number of its users: a larger one is told less
    /// often.
    static let writesPerSecond = 5000

    /// The time between two events of a topic.
    ///
    /// - Parameter online: how many users it has.
    func period(online: Int) -> TimeAmount {
        max(debounce, .nanoseconds(Int64(online) * (1_000_000_000 / Int64(Self.writesPerSecond))))
    }
}

/// A choice of topics, by patterns whose grammar is not the hub's.
package struct PresenceTopics: Sendable, Equatable {
    package let patterns: [String]
    private let contains: @Sendable (String) -> Bool

    /// - Parameters:
    ///   - patterns: what it was made from. Two choices with the same patterns are the same.
    ///   - contains: whether a topic is among them.
    package init(patterns: [String], contains: @escaping @Sendable (String) -> Bool) {
        (self.patterns, self.contains) = (patterns, contains)
    }

    package static let none = PresenceTopics(patterns: []) { _ in false }

    func matches(_ topic: String) -> Bool { !patterns.isEmpty && contains(topic) }

    package static func == (one: PresenceTopics, other: PresenceTopics) -> Bool { one.patterns == other.patterns }
}
