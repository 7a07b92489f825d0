// Guards `Presence`: shards and publishers of all threads hold its lock for a moment each.

internal import EventLog
internal import Synchronization

/// Who is connected, for all threads.
final class PresenceBoard: Sendable {
    private struct State {
        var presence: Presence
        var retry: RetrySpread
    }

    private let state: Mutex<State>
    private let elsewhere: (any StreamsElsewhere)?

    /// - Parameter elsewhere: what other nodes have; nothing where there are none.
    init(limits: StreamLimits, retry: RetrySpread, elsewhere: (any StreamsElsewhere)? = nil) {
        state = Mutex(
            State(presence: Presence(limits: limits, notesChanges: elsewhere != nil), retry: retry))
        self.elsewhere = elsewhere
    }

    /// Whether there are other nodes.
    var isShared: Bool { elsewhere != nil }

    /// Puts other limits and waits in force.
    func adopt(_ limits: StreamLimits, _ retry: RetrySpread) {
        state.withLock { state in
            state.presence.limits = limits
            state.retry = retry
        }
    }

    /// What the next client is told to wait before it reconnects.
    func retryMilliseconds(chance: Double) -> UInt32 {
        state.withLock { state in
            state.retry.milliseconds(streams: state.presence.streamCount(for: .everyone), chance: chance)
        }
    }

    func admit(_ interest: Interest, shard: Int) throws(AdmissionRefusal) {
        let elsewhere = elsewhere?.streamCount(ofUser: interest.user) ?? 0
        try state.withLock { state throws(AdmissionRefusal) in
            try state.presence.admit(interest, shard: shard, elsewhere: elsewhere)
        }
    }

    /// See ``Presence/takeChanges(limit:)``.
    func takeChanges(limit: Int) -> [PresenceChange] { state.withLock { $0.presence.takeChanges(limit: limit) } }

    /// How many streams an event is for, at all nodes as far as they are known.
    func streamCountOverNodes(for audience: Audience) -> Int {
        guard let elsewhere else { return streamCount(for: audience) }
        return streamCount(for: audience) + elsewhere.streamCount(for: audience)
    }

    func mark(_ interest: Interest, shard: Int) {
        state.withLock { $0.presence.mark(interest, shard: shard) }
    }

    func release(_ interest: Interest, shard: Int, remaining: ShardRemainder) {
        state.withLock { $0.presence.release(interest, shard: shard, remaining: remaining) }
    }

    func streamCount(for audience: Audience) -> Int {
        state.withLock { $0.presence.streamCount(for: audience) }
    }

    func users(after number: UInt64, limit: Int) -> [ConnectedUser] {
        state.withLock { $0.presence.users(after: number, limit: limit) }
    }

    func shards(for audience: Audience) -> ShardSet {
        state.withLock { $0.presence.shards(for: audience) }
    }
}
