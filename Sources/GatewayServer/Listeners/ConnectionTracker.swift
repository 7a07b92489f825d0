// Which connections are open: for the limits on them, and so that a gateway that goes down can tell each of them.

internal import HTTPServing
internal import NIOCore
internal import Synchronization

/// The open connections of one listener. Carries out what ``Seats`` decides.
final class ConnectionTracker: Sendable {
    private struct State {
        var seats: Seats
        var channels: [Seats.ID: any Channel] = [:]
        var isQuiescing = false
        var emptied: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>
    private let clock: @Sendable () -> NIODeadline

    init(_ limits: SeatLimits, clock: @escaping @Sendable () -> NIODeadline = { .now() }) {
        state = Mutex(State(seats: Seats(limits)))
        self.clock = clock
    }

    /// How many connections there are, by what is known of their clients.
    var counts: (users: Int, strangers: Int, turnedAway: Int) { state.withLock { $0.seats.counts } }

    /// How many there may be.
    var limits: SeatLimits { state.withLock { $0.seats.limits } }

    /// How many connections are not closed yet.
    var count: Int { state.withLock { $0.channels.count } }

    /// Has other limits hold from here on.
    func adopt(_ limits: SeatLimits) { state.withLock { $0.seats.limits = limits } }

    // MARK: A connection's life

    /// A connection's place, which it gives back by letting go of this: be it before it was ever active. A handler
    /// holds it until it is removed. A callback of the channel's end would be two objects.
    struct Seat: ~Copyable, Sendable {
        private let id: Seats.ID
        private let tracker: ConnectionTracker

        fileprivate init(_ id: Seats.ID, of tracker: ConnectionTracker) { (self.id, self.tracker) = (id, tracker) }

        deinit { tracker.release(id) }

        /// To be called when the connection has shown a good token.
        var becomesKnown: @Sendable () -> Void { { [id, tracker] in tracker.becameKnown(id) } }
    }

    /// What becomes of a new connection; see ``Seats/Admission``.
    enum Admission: ~Copyable {
        case served(Seat)
        case turnedAway(Seat)
        case refused
    }

    /// Counts a connection in.
    func admit(_ channel: any Channel) -> Admission {
        let now = clock()
        let (admission, actions) = state.withLock { state in
            guard !state.isQuiescing else { return (Seats.Admission.refused, [(any Channel, Seats.Action)]()) }
            let (admission, actions) = state.seats.admit(at: now)
            if let id = admission.id { state.channels[id] = channel }
            return (admission, state.channels.of(actions))
        }
        Self.carryOut(actions)
        return switch admission {
        case .served(let id): .served(Seat(id, of: self))
        case .turnedAway(let id): .turnedAway(Seat(id, of: self))
        case .refused: .refused
        }
    }

    private func becameKnown(_ id: Seats.ID) {
        let now = clock()
        Self.carryOut(state.withLock { state in state.channels.of(state.seats.becameKnown(id, at: now)) })
    }

    /// Ends what has had its time. To be called a few times a second.
    func tick() {
        let now = clock()
        Self.carryOut(state.withLock { state in state.channels.of(state.seats.tick(at: now)) })
    }

    private func release(_ id: Seats.ID) {
        // The channel is let go of without the lock, too.
        let (_, emptied) = state.withLock { state in
            state.seats.closed(id)
            let channel = state.channels.removeValue(forKey: id)
            return (channel, state.channels.isEmpty ? state.emptied.take() : nil)
        }
        emptied?.resume()
    }

    /// Without the lock: a channel of this loop may be closed before this returns.
    private static func carryOut(_ actions: [(channel: any Channel, action: Seats.Action)]) {
        for (channel, action) in actions {
            switch action {
            case .askToLeave: channel.askToLeave()
            case .cutOff: channel.cutOff()
            }
        }
    }

    // MARK: All of them

    /// Takes no further connection, and has each open one close when its exchange under way is over.
    func quiesce() {
        let channels = state.withLock { state in
            state.isQuiescing = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.askToLeave() }
    }

    /// Cuts off what is still open.
    func cutOffAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.cutOff() }
    }

    /// Returns when no connection is open any more. One caller at a time, behind ``quiesce()``.
    func waitUntilEmpty() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    guard !state.channels.isEmpty, !Task.isCancelled else { return true }
                    state.emptied = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.emptied.take() }?.resume()
        }
    }
}

extension Seats.Admission {
    /// Nothing for a connection that is not counted.
    fileprivate var id: Seats.ID? {
        switch self {
        case .served(let id), .turnedAway(let id): id
        case .refused: nil
        }
    }
}

extension [Seats.ID: any Channel] {
    fileprivate func of(_ actions: [Seats.Action]) -> [(any Channel, Seats.Action)] {
        actions.compactMap { action in
            switch action {
            case .askToLeave(let id), .cutOff(let id): self[id].map { ($0, action) }
            }
        }
    }
}

extension Channel {
    /// It closes when its exchange under way is over.
    fileprivate func askToLeave() { pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }

    fileprivate func cutOff() { triggerUserOutboundEvent(CutOff(), promise: nil) }
}
