// Whether traffic should be sent here. Not whether the process should be restarted: that is liveness, and slower to fail.

internal import Synchronization

/// What `/readyz` says.
final class Readiness: Sendable {
    enum State: String, Sendable {
        case starting, ready, draining
    }

    private let current = Mutex(State.starting)

    var state: State {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
