// Whether traffic should be sent here. Not whether the process should be restarted: that is liveness, and slower to fail.

internal import Synchronization

/// What `/readyz` says.
final class Readiness: Sendable {
    enum State: String, Sendable {
        case starting, ready, draining
    }

    /// What the traffic is for: `?for=` of `/readyz`.
    enum Purpose: String, Sendable {
        case streams, publish
    }

    private let current = Mutex((state: State.starting, publishFailure: String?.none))

    var state: State {
        get { current.withLock { $0.state } }
        set { current.withLock { $0.state = newValue } }
    }

    /// Why nothing can be published, in one word; nothing while it can.
    var publishFailure: String? {
        get { current.withLock { $0.publishFailure } }
        set { current.withLock { $0.publishFailure = newValue } }
    }

    /// What keeps traffic away, in one word.
    ///
    /// - Parameter purpose: nothing for traffic of all kinds. Streams need no log that takes events: they resume from what
    ///   it has, and stay where events will be published again.
    /// - Returns: nothing when traffic can come.
    func obstacle(for purpose: Purpose?) -> String? {
        let (state, publishFailure) = current.withLock { $0 }
        guard state == .ready else { return state.rawValue }
        return purpose == .streams ? nil : publishFailure
    }
}
