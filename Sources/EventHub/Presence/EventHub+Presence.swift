// Who is connected, for administrators: in pages, so that no look holds up what is delivered meanwhile.

internal import EventLog

extension EventHub {
    /// Some of the users who have streams, in the order in which they came. One that stays connected is on exactly one
    /// page.
    ///
    /// - Parameters:
    ///   - number: of the last user of the page before; 0 for the first page.
    ///   - limit: how many users at most.
    package func users(after number: UInt64, limit: Int) -> [ConnectedUser] {
        context.presence.users(after: number, limit: limit)
    }

    /// What other nodes have to be told of this one's streams: the names whose counts have changed since the last time.
    ///
    /// - Parameter limit: how many names at most; those that are left come the next time.
    package func takePresenceChanges(limit: Int) -> [PresenceChange] { context.presence.takeChanges(limit: limit) }

    /// Some of a user's streams, in the order of their names.
    ///
    /// - Parameters:
    ///   - name: the last stream of the page before; nothing for the first page.
    ///   - limit: how many at most.
    package func streams(of user: String, after name: StreamName? = nil, limit: Int) async -> [StreamFacts] {
        var facts: [StreamFacts] = []
        // A loop that stands still holds up no answer about a user who has nothing there.
        for shard in shards(of: user) where shard.number >= name?.shard ?? 0 && facts.count < limit {
            let start = shard.number == name?.shard ? name?.number ?? 0 : 0
            facts += await shard.look(at: user, after: start, limit: limit - facts.count)
        }
        return facts
    }
}

/// A user who has streams.
package struct ConnectedUser: Sendable, Equatable {
    /// Its place in the order.
    package let number: UInt64
    package let name: String
    package let streams: Int
}
