// The log's health, put together from what publishing, the tail and the readers find.

internal import EventLog
internal import Synchronization

/// Holds the health and tells each change of it, in order.
final class HealthBoard: Sendable {
    private struct State {
        var health = LogHealth()
        var report: @Sendable (LogHealth) -> Void = { _ in }
    }

    private let state = Mutex(State())

    var health: LogHealth { state.withLock { $0.health } }

    /// Tells of the health now, and from here on.
    func watch(_ report: @escaping @Sendable (LogHealth) -> Void) {
        state.withLock { state in
            state.report = report
            report(state.health)
        }
    }

    /// Changes it.
    func update(_ change: (inout LogHealth) -> Void) {
        state.withLock { state in
            let former = state.health
            change(&state.health)
            if state.health != former { state.report(state.health) }
        }
    }

    /// Tells it again.
    func repeatReport() { state.withLock { $0.report($0.health) } }
}
