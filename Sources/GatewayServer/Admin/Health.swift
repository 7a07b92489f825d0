// Whether the process should be restarted (liveness, slow to fail), and whether traffic should be sent here (readiness, quick to).

internal import NIOCore
internal import Synchronization

/// What the probes say.
final class Health: Sendable {
    /// Where the gateway is in its life.
    enum Phase: String, Sendable {
        case starting, ready, draining
    }

    /// What the traffic is for: `?for=` of `/readyz`.
    enum Purpose: String, Sendable, CaseIterable {
        case streams, publish
    }

    private struct State {
        var phase = Phase.starting
        var loops = LoopWatch()
        var isListenerLost = false
        var publishFailure: String?

        var listener: [String] { isListenerLost ? ["the public listener is closed"] : [] }
    }

    /// A loop that stands still for this long gets no traffic: its publishers and streams wait.
    private static let unready = TimeAmount.seconds(2)
    /// Longer than anything that a loop may do at a time: it will not go on by itself.
    private static let dead = TimeAmount.seconds(10)

    private let state = Mutex(State())
    var phase: Phase {
        get { state.withLock { $0.phase } }
        set { state.withLock { $0.phase = newValue } }
    }

    /// Why nothing can be published, in one word; nothing while it can.
    var publishFailure: String? {
        get { state.withLock { $0.publishFailure } }
        set { state.withLock { $0.publishFailure = newValue } }
    }

    /// Looks whether the event loops have turned. See ``LoopWatch``.
    func look(at beats: [UInt64]) { state.withLock { $0.loops.look(at: beats) } }

    /// The system has closed the public listener: nobody can connect any more.
    ///
    /// - Returns: whether that was not to be expected.
    func listenerClosed() -> Bool {
        state.withLock { state in
            guard state.phase != .draining else { return false }
            state.isListenerLost = true
            return true
        }
    }

    /// Whether all event loops have turned lately.
    var isTurning: Bool { state.withLock { $0.loops.standing(for: Self.unready).isEmpty } }

    /// Why the process should be restarted; nothing when it is live.
    var deadly: [String] {
        state.withLock { state in
            state.loops.standing(for: Self.dead).map { "event loop \($0) has not turned for 10 s" } + state.listener
        }
    }

    /// Why no traffic should be sent here; nothing when it is ready.
    ///
    /// - Parameter purpose: nothing for traffic of all kinds. Streams need no log that takes events: they resume from what
    ///   it has, and stay where events will be published again.
    func faults(for purpose: Purpose?) -> [String] {
        state.withLock { state in
            (state.phase == .ready ? [] : [state.phase.rawValue]) + state.listener
                + state.loops.standing(for: Self.unready).map { "event loop \($0) has not turned for 2 s" }
                + (purpose == .streams ? [] : [state.publishFailure].compactMap(\.self))
        }
    }
}
