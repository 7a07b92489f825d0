// The guard of `Presence`: shards and publishers of all threads meet here, for a moment each.

internal import EventLog
internal import Synchronization

/// Who is connected, for all threads.
package final class PresenceBoard: Sendable {
    private let presence: Mutex<Presence>

    package init(limits: StreamLimits) {
        presence = Mutex(Presence(limits: limits))
    }

    func admit(_ interest: Interest, shard: Int) throws(AdmissionRefusal) {
        try presence.withLock { presence throws(AdmissionRefusal) in try presence.admit(interest, shard: shard) }
    }

    func release(_ interest: Interest, shard: Int, remaining: ShardRemainder) {
        presence.withLock { $0.release(interest, shard: shard, remaining: remaining) }
    }

    func streamCount(for audience: Audience) -> Int {
        presence.withLock { $0.streamCount(for: audience) }
    }

    func shards(for audience: Audience) -> ShardSet {
        presence.withLock { $0.shards(for: audience) }
    }
}
