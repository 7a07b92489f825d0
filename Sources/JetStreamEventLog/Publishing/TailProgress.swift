// Who waits for this node's tail. A publisher is answered when the tail has its events, so that whoever it tells finds
// them on this node; while the tail is cut off nobody waits for it. And whether what was acknowledged is in the epoch
// that its id would be of.

internal import DequeModule
internal import EventLog
internal import NIOCore
internal import Synchronization

/// How far the tail is, and what is to be done when it is further.
final class TailProgress: Sendable {
    /// How it was when a batch was given to the log.
    struct Mark: Sendable, Equatable {
        let epoch: Epoch
        let position: Position

        /// Whether a batch can be where the acknowledgements say, in this epoch. What is stored now comes behind what
        /// this node has told of already: a place before that is one of a stream that went back, or was made anew.
        func allows(_ places: [BatchRounds.Placed]) -> Bool {
            places.allSatisfy { $0.wasThere || $0.sequence > position }
        }
    }

    /// Why a wait is over.
    enum Outcome: Sendable, Equatable {
        /// The tail has told of the place.
        case told
        /// The tail is cut off, or takes too long: nobody waits for it.
        case untold
        /// Another epoch has begun: whether the place is in it is not known.
        case epochEnded
    }

    fileprivate struct Waiter {
        let sequence: Position
        let since: NIODeadline
        let body: @Sendable (Outcome) -> Void
    }

    fileprivate struct State {
        var epoch: Epoch
        var position: Position
        var isCurrent = true
        /// By their places. Acknowledgements come in the order of these, but for what was sent again.
        var waiters: Deque<Waiter> = []
    }

    /// How long a publisher waits for the tail at most. A tail that stands still may not know yet that it is cut off.
    static let patience = TimeAmount.seconds(5)

    private let state: Mutex<State>

    init(in epoch: Epoch, at position: Position) { state = Mutex(State(epoch: epoch, position: position)) }

    /// The newest message that was told, which may be no event.
    var position: Position { state.withLock { $0.position } }

    /// How it is.
    var mark: Mark { state.withLock { Mark(epoch: $0.epoch, position: $0.position) } }

    /// Calls `body` when the tail has what stands at a place of an epoch: at once when it has, or is cut off, or that
    /// epoch is over.
    func wait(
        for sequence: Position, in epoch: Epoch, since now: NIODeadline = .now(),
        then body: @escaping @Sendable (Outcome) -> Void
    ) {
        let outcome: Outcome? = state.withLock { state in
            guard state.epoch == epoch else { return .epochEnded }
            guard sequence > state.position else { return .told }
            guard state.isCurrent else { return .untold }
            state.insert(Waiter(sequence: sequence, since: now, body: body))
            return nil
        }
        if let outcome { body(outcome) }
    }

    /// The tail has all up to a place, and has told it.
    func advance(to position: Position) {
        let due = state.withLock { state in
            state.position = max(position, state.position)
            return state.takeDue()
        }
        for waiter in due { waiter.body(.told) }
    }

    /// Answers whoever has waited for too long. What comes later in the log was asked for later, but for what was sent
    /// again.
    func release(_ now: NIODeadline) {
        let waiters = state.withLock { $0.takeImpatient(now - Self.patience) }
        for waiter in waiters { waiter.body(.untold) }
    }

    /// The tail is cut off: whoever waits is answered.
    func interrupt() {
        let waiters = state.withLock { state in
            state.isCurrent = false
            return state.takeAll()
        }
        for waiter in waiters { waiter.body(.untold) }
    }

    /// The tail has all again, up to a place. It may have gone on since that was found.
    func resume(at position: Position) {
        state.withLock { $0.isCurrent = true }
        advance(to: position)
    }

    /// An epoch begins behind a place, which may be one before the last: the stream went back, or is another one.
    func begin(_ epoch: Epoch, at position: Position) {
        let waiters = state.withLock { state in
            (state.epoch, state.position, state.isCurrent) = (epoch, position, true)
            return state.takeAll()
        }
        for waiter in waiters { waiter.body(.epochEnded) }
    }
}

extension TailProgress.State {
    fileprivate mutating func insert(_ waiter: TailProgress.Waiter) {
        var index = waiters.count
        while index > 0, waiters[index - 1].sequence > waiter.sequence { index -= 1 }
        waiters.insert(waiter, at: index)
    }

    fileprivate mutating func takeDue() -> [TailProgress.Waiter] {
        let count = waiters.firstIndex { $0.sequence > position } ?? waiters.count
        var due: [TailProgress.Waiter] = []
        due.reserveCapacity(count)
        for _ in 0..<count { due.append(waiters.removeFirst()) }
        return due
    }

    fileprivate mutating func takeImpatient(_ since: NIODeadline) -> [TailProgress.Waiter] {
        var due: [TailProgress.Waiter] = []
        while let first = waiters.first, first.since <= since { due.append(waiters.removeFirst()) }
        return due
    }

    fileprivate mutating func takeAll() -> [TailProgress.Waiter] {
        defer { waiters = [] }
        return Array(waiters)
    }
}
