// Whether to restart the process (liveness, which fails slowly), and whether to send traffic here (readiness, which
// fails fast).

internal import NIOCore
internal import Synchronization

/// What the probes say.
final class Health: Sendable {
    /// Where the gateway is in its life.
    enum Phase: String, Sendable {
        case starting, ready
        /// Still accepting, and soon no longer (`shutdown.delay`).
        case lameDuck = "stopping soon"
        case draining
    }

    /// The kind of traffic that a probe asks about: `?for=` of `/readyz`.
    enum Purpose: String, Sendable, CaseIterable {
        case streams, publish
    }

    private struct State {
        var phase = Phase.starting
        var loops = LoopWatch()
        var isListenerLost = false
        var publishFailure: String?
        var isStateLost = false
        var durability: (note: String, isBroken: Bool)?
        var isOvertaken = false
        var canary: (@Sendable () -> CanaryBook.Faults)?

        /// Why nobody should publish here.
        var publishing: [String] {
            [publishFailure].compactMap(\.self) + (durability?.isBroken == true ? ["durability-lost"] : [])
        }

        /// Why no stream should be opened here.
        var streaming: [String] { isOvertaken ? ["this gateway lags behind others that share its event log"] : [] }

        var listener: [String] { isListenerLost ? ["the public listener is closed"] : [] }
    }

    /// The gateway is unready when a loop has stood still for this long: its publishers and streams wait.
    private static let unready = TimeAmount.seconds(2)
    /// The gateway is dead when a loop has stood still for this long. Nothing that a loop does lasts so long, so it
    /// will not go on by itself.
    private static let dead = TimeAmount.seconds(9)

    private let state = Mutex(State())
    private let isConnected: @Sendable () -> Bool

    /// - Parameter isConnected: whether there is a connection to what the log keeps its events in.
    init(isConnected: @escaping @Sendable () -> Bool = { true }) { self.isConnected = isConnected }

    var phase: Phase {
        get { state.withLock { $0.phase } }
        set { state.withLock { $0.phase = newValue } }
    }

    /// Why nobody can publish, in one word; nil while publishing works.
    var publishFailure: String? {
        get { state.withLock { $0.publishFailure } }
        set { state.withLock { $0.publishFailure = newValue } }
    }

    /// Whether nobody can be revoked or signed out, while events come and go.
    var isStateLost: Bool {
        get { state.withLock { $0.isStateLost } }
        set { state.withLock { $0.isStateLost = newValue } }
    }

    /// What is known of the log's durability, in one line, and whether it is less than what was configured; nil for a
    /// log that nobody has to look at.
    var durability: (note: String, isBroken: Bool)? {
        get { state.withLock { $0.durability } }
        set { state.withLock { $0.durability = newValue } }
    }

    /// Whether this gateway lags behind others that share its log.
    var isOvertaken: Bool {
        get { state.withLock { $0.isOvertaken } }
        set { state.withLock { $0.isOvertaken = newValue } }
    }

    /// Has the probes ask what the gateway's own streams say.
    func ask(_ canary: @escaping @Sendable () -> CanaryBook.Faults) { state.withLock { $0.canary = canary } }

    /// Looks whether the event loops have turned; see ``LoopWatch``.
    func look(at beats: [UInt64]) { state.withLock { $0.loops.look(at: beats) } }

    /// Notes that the system has closed the public listener, so that nobody can connect any more.
    ///
    /// - Returns: whether that was unexpected.
    func listenerClosed() -> Bool {
        state.withLock { state in
            guard state.phase != .draining else { return false }
            state.isListenerLost = true
            return true
        }
    }

    /// Whether all event loops have turned lately.
    var isTurning: Bool { state.withLock { $0.loops.standing(for: Self.unready).isEmpty } }

    /// Why to restart the process; empty when it is live.
    var deadly: [String] {
        state.withLock { state in
            state.loops.standing(for: Self.dead).map { "event loop \($0) has not turned for 9 s" } + state.listener
        }
    }

    /// Why to send no traffic here; empty when it is ready.
    ///
    /// - Parameter purpose: the kind of traffic; nil for all. Streams need no log that can be written: they resume from
    ///   what it holds, and stay for the events that will be published again. They need not even a log that this
    ///   gateway is in contact with, as long as no other one is: a log that all share must not take all of them out of
    ///   a balancer.
    func faults(for purpose: Purpose?) -> [String] {
        let isCutOff = !isConnected()
        let ask = state.withLock { $0.canary }
        let canary = ask?() ?? CanaryBook.Faults()
        return state.withLock { state in
            var faults: [String] = state.phase == .ready ? [] : [state.phase.rawValue]
            faults += state.listener
            faults += state.loops.standing(for: Self.unready).map { "event loop \($0) has not turned for 2 s" }
            // For neither kind of traffic: another gateway could not do it either.
            if purpose == nil, state.isStateLost { faults.append("nobody can be revoked or signed out") }
            if purpose != .publish { faults += state.streaming + canary.streaming }
            if purpose != .streams {
                if isCutOff { faults.append("no connection to NATS") }
                faults += state.publishing
                // What is wrong with both is said once.
                faults += canary.publishing.filter { !faults.contains($0) }
            }
            return faults
        }
    }
}
