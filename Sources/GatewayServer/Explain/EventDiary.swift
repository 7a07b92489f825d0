// What an operator may ask for later: which events were told of, for whom and when, and which streams have ended. Two
// rings, each bounded in bytes; written once per event and once per stream, never per stream and event.

internal import EventHub
internal import EventLog
internal import Synchronization

/// Keeps the newest events and ended streams. Called on any thread.
final class EventDiary: Sendable {
    /// An event as the tail told of it.
    struct Entry: Sendable, Equatable {
        let sequence: Position
        let audience: Audience
        let toldAt: WallTime
        let expiresAt: WallTime?
        /// What it takes up in a stream at least.
        let byteCount: Int

        /// About what it takes up: itself, and the names that it keeps alive.
        var cost: Int {
            switch audience {
            case .user(let name), .topic(let name): 104 + name.utf8.count
            case .users(let names): names.reduce(136) { $0 + 16 + $1.utf8.count }
            case .everyone: 104
            }
        }
    }

    private let limit: Int
    private let clock: @Sendable () -> WallTime
    private let events = Mutex(BoundedRing<Entry>())
    /// With a lock of its own: a user that comes back each second has all of the ring looked through at times, and
    /// whoever tells of events has the log's lock.
    private let streams = Mutex(BoundedRing<StreamAccount>())

    /// - Parameter bytes: half of it for events, half for streams.
    init(bytes: Int, clock: @escaping @Sendable () -> WallTime = WallTime.systemClock) {
        (limit, self.clock) = (bytes / 2, clock)
    }

    /// The tail tells of events. The log's lock is held.
    func told(_ events: [LoggedEvent]) {
        guard limit > 0, !events.isEmpty else { return }
        let now = clock()
        self.events.withLock { ring in
            for event in events {
                let entry = Entry(
                    sequence: event.sequence, audience: event.audience, toldAt: now, expiresAt: event.expiresAt,
                    byteCount: event.frame.byteCount)
                ring.append(entry, of: nil, cost: entry.cost, limit: limit)
            }
        }
    }

    func ended(_ stream: StreamLife, _ reason: StreamEnd) {
        guard limit > 0 else { return }
        var account = StreamAccount(stream)
        account.ended = StreamAccount.End(at: clock(), reason: reason.rawValue)
        let cost = stream.interest.topics.reduce(256 + stream.interest.user.utf8.count) { $0 + 16 + $1.utf8.count }
        streams.withLock { $0.append(account, of: account.user, cost: cost, limit: limit) }
    }

    /// What all of it is counted as.
    var byteCount: Int { events.withLock { $0.byteCount } + streams.withLock { $0.byteCount } }

    func event(_ sequence: Position) -> Entry? {
        events.withLock { ring in ring.last { $0.sequence == sequence } }
    }

    /// The events behind one that is remembered.
    func events(behind sequence: Position) -> [Entry] {
        events.withLock { ring in ring.following { $0.sequence == sequence } }
    }

    /// Those of a user that have ended, the oldest first.
    func endedStreams(of user: String) -> [StreamAccount] {
        streams.withLock { ring in ring.elements { $0.user == user } }
    }
}
