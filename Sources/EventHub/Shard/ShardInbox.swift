// Events on their way from the log to a shard. Any thread puts them in, and the shard takes them out.

internal import EventLog
internal import Synchronization

/// A shard's queue, bounded in bytes. When it is full it is emptied, and the shard reads from the log instead.
final class ShardInbox: Sendable {
    /// What the shard finds, in the order in which it has to be taken.
    struct Mail: Sendable {
        /// The log has begun an epoch. What there was of the one before is not here any more: the gap that streams are
        /// told of covers it.
        var epoch: LoggedEventID?
        /// Contact with the log is lost, since then.
        var lostSince: WallTime?
        var events: [LoggedEvent] = []
        /// The first of the events that were left out, if some were: streams have to be told to read the log.
        var firstLost: Position?
        /// Streams that have to end, before any of the events.
        var orders: [EndOrder] = []
        /// Streams that have to end, or to go on, in order with events: behind so many of them, or all that are left.
        var orderedOrders: [(order: ShardOrder, eventsBefore: Int)] = []
        /// Contact is there again, behind all these events.
        var isRegained = false
        /// For the gateway's own streams. The newest: one that has not come yet tells no more.
        var canary: CanaryNote?
    }

    private struct State {
        var mail = Mail()
        var byteCount = 0
        var renewalBytes = 0
        /// The shard has been told that there is mail and has not looked yet.
        var isAnnounced = false

        mutating func announce() -> Bool {
            defer { isAnnounced = true }
            return !isAnnounced
        }
    }

    private let state = Mutex(State())
    private let byteLimit: Int

    init(byteLimit: Int) {
        self.byteLimit = byteLimit
    }

    /// Puts an event in. True when the shard has to be told.
    func post(_ event: LoggedEvent) -> Bool {
        state.withLock { state in
            state.byteCount += event.cost
            if state.byteCount > byteLimit {
                let firstLost = state.mail.firstLost ?? state.mail.events.first?.sequence ?? event.sequence
                state.mail.events = []
                state.mail.firstLost = firstLost
            } else {
                state.mail.events.append(event)
            }
            return state.announce()
        }
    }

    /// Events from this one on were not told: streams read the log. True when the shard has to be told.
    func lose(from firstLost: Position) -> Bool {
        state.withLock { state in
            state.mail.firstLost = state.mail.firstLost ?? state.mail.events.first?.sequence ?? firstLost
            state.mail.events = []
            return state.announce()
        }
    }

    /// The log has begun an epoch behind `place`. True when the shard has to be told, as of the others.
    func begin(_ place: LoggedEventID) -> Bool {
        state.withLock { state in
            (state.mail.epoch, state.mail.events, state.mail.firstLost) = (place, [], nil)
            state.byteCount = 0
            return state.announce()
        }
    }

    /// Contact with the log is lost.
    func lost(since: WallTime) -> Bool {
        state.withLock { state in
            (state.mail.lostSince, state.mail.isRegained) = (since, false)
            return state.announce()
        }
    }

    /// Contact is there again.
    func regained() -> Bool {
        state.withLock { state in
            // A loss that nobody has heard of is none.
            (state.mail.lostSince, state.mail.isRegained) = (nil, true)
            return state.announce()
        }
    }

    /// Has streams end.
    func post(_ order: EndOrder) -> Bool {
        state.withLock { state in
            state.mail.orders.append(order)
            return state.announce()
        }
    }

    /// Has canaries sung to.
    func post(_ note: CanaryNote) -> Bool {
        state.withLock { state in
            state.mail.canary = note
            return state.announce()
        }
    }

    /// Has streams end, or go on, behind the events that are here.
    func post(inOrder order: ShardOrder) -> Bool {
        state.withLock { state in
            if case .renew(let renewal) = order {
                // Any page makes them. What is left out costs its streams a reconnect.
                guard state.renewalBytes + renewal.cost <= Self.renewalLimit else { return false }
                state.renewalBytes += renewal.cost
            }
            state.mail.orderedOrders.append((order, state.mail.events.count))
            return state.announce()
        }
    }

    /// How many bytes of renewals may wait.
    static let renewalLimit = 1 << 20

    /// Takes everything out.
    func take() -> Mail {
        state.withLock { state in
            let mail = state.mail
            state = State()
            return mail
        }
    }
}
