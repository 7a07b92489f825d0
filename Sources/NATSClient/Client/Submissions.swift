// What other threads hand to a client's event loop. Waking the loop for each publish would cost more than most of them,
// so they wait here for one turn of it. Here is no limit, as there is none on what a loop is given to do: what the loop
// takes from here counts against the outbox, and is refused when that is full.

internal import NIOCore
internal import Synchronization

/// What a client has been given and its event loop has not taken yet, in the order of each thread.
final class Submissions: Sendable {
    private struct State {
        var waiting: [Submission] = []
        /// Whether the event loop has been asked to take what waits.
        var isPlanned = false
    }

    private let state = Mutex(State())

    /// - Returns: whether the event loop has to be asked to take it.
    func add(_ submission: Submission) -> Bool {
        state.withLock { state in
            state.waiting.append(submission)
            defer { state.isPlanned = true }
            return !state.isPlanned
        }
    }

    func takeAll() -> [Submission] {
        state.withLock { state in
            let taken = state.waiting
            state = State()
            // One turn brings about as much as the one before it.
            state.waiting.reserveCapacity(min(taken.count, Self.mostRoom))
            return taken
        }
    }

    private static let mostRoom = 1024
}

/// Something to be sent, and whom to tell what has become of it.
enum Submission: Sendable {
    case publish(Publication, @Sendable (Result<Void, NATSError>) -> Void)
    case request(Publication, timeout: TimeAmount, @Sendable (Result<Message, NATSError>) -> Void)
}
