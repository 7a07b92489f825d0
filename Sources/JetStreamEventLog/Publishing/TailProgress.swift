// Who waits for this node's tail. A publisher is answered when the tail has its events, so that whoever it tells finds
// them on this node; while the tail is cut off nobody waits for it.

internal import EventLog
internal import HeapModule
internal import Synchronization

/// How far the tail is, and what is to be done when it is further.
final class TailProgress: Sendable {
    private struct Waiter: Comparable {
        let sequence: Position
        let number: UInt64
        let body: @Sendable () -> Void

        static func < (left: Waiter, right: Waiter) -> Bool {
            (left.sequence, left.number) < (right.sequence, right.number)
        }

        static func == (left: Waiter, right: Waiter) -> Bool { left.number == right.number }
    }

    private struct State {
        var position: Position
        var isCurrent = true
        var waiters = Heap<Waiter>()
        var lastNumber: UInt64 = 0
    }

    private let state: Mutex<State>

    init(at position: Position) { state = Mutex(State(position: position)) }

    /// Calls `body` when the tail has what stands at a place: at once when it has, or is cut off.
    func wait(for sequence: Position, then body: @escaping @Sendable () -> Void) {
        let isThere = state.withLock { state in
            guard state.isCurrent, sequence > state.position else { return true }
            state.lastNumber += 1
            state.waiters.insert(Waiter(sequence: sequence, number: state.lastNumber, body: body))
            return false
        }
        if isThere { body() }
    }

    /// The tail has all up to a place, and has told it.
    func advance(to position: Position) {
        let due = state.withLock { state in
            state.position = max(position, state.position)
            var due: [Waiter] = []
            while let first = state.waiters.min, first.sequence <= state.position {
                due.append(state.waiters.removeMin())
            }
            return due
        }
        for waiter in due { waiter.body() }
    }

    /// The tail is cut off: whoever waits is answered.
    func interrupt() { setCurrent(false) { _ in } }

    /// The tail has all again, up to a place. It may be one before the last: the stream went back.
    func resume(at position: Position) { setCurrent(true) { $0 = position } }

    private func setCurrent(_ isCurrent: Bool, _ change: (inout Position) -> Void) {
        let waiters = state.withLock { state in
            state.isCurrent = isCurrent
            change(&state.position)
            defer { state.waiters = Heap() }
            return state.waiters.unordered
        }
        for waiter in waiters { waiter.body() }
    }
}
