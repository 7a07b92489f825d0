// Catches the signals that a gateway knows, from the program's start on, and acts on them. What they mean is
// `SignalRules`'; what comes before the gateway serves is kept for it.

internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Acts on signals: while a gateway serves at once, and before that when it begins to.
package final class SignalWatch: Sendable {
    /// Who does what signals ask for.
    struct Hands: Sendable {
        let services: ServiceGroup
        let logger: Logger
        let impatience: Impatience
        /// Asks for a reload.
        let reload: @Sendable () -> Void
    }

    private struct State {
        var rules = SignalRules()
        var hands: Hands?
        /// What came before there were hands, each signal once.
        var kept: [(signal: OperatorSignal, action: SignalRules.Action)] = []
    }

    private let state = Mutex(State())
    /// The standard streams that were a terminal at the start.
    private let terminals = [STDIN_FILENO, STDERR_FILENO].filter { isatty($0) == 1 }

    private init() {}

    /// Catches signals for as long as `body` runs. Until then they do what the system does: so begin early.
    package static func during<Value: Sendable>(
        _ body: @Sendable (SignalWatch) async throws -> Value
    ) async throws -> Value {
        let watch = SignalWatch()
        let signals = await UnixSignalsSequence(trapping: [.sighup, .sigint, .sigterm, .sigusr1, .sigusr2])
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { for await signal in signals { await watch.received(signal) } }
            defer { tasks.cancelAll() }
            return try await body(watch)
        }
    }

    /// The signal that ended the drain before its time; nil when none did.
    var cutShortBy: OperatorSignal? { state.withLock { $0.rules.cutShortBy } }

    /// Whether a signal has asked for the end: who has not begun to serve need not begin.
    var isToldToStop: Bool { state.withLock { $0.rules.isDraining } }

    /// Runs services, and shuts them down as signals say, and as those said that came before.
    func run(_ hands: Hands) async throws {
        let kept = state.withLock { state in
            defer { (state.hands, state.kept) = (hands, []) }
            return state.kept
        }
        for (signal, action) in kept { await act(action, on: signal, hands) }
        try await hands.services.run()
    }

    private func received(_ caught: UnixSignal) async {
        guard let signal = OperatorSignal(rawValue: caught.rawValue) else { return }
        let isTerminalGone = isTerminalGone
        let (action, hands) = state.withLock { state in
            let action = state.rules.received(signal, isTerminalGone: isTerminalGone)
            if state.hands == nil, !state.kept.contains(where: { $0.signal == signal }) {
                state.kept.append((signal, action))
            }
            return (action, state.hands)
        }
        if let hands {
            await act(action, on: signal, hands)
        } else if action == .endNow {
            // Nothing is open that a drain would close, and a log survives this. There may be no logger yet.
            FileHandle.standardError.write(Data("sluice: told to stop again (\(signal.name)) before it served\n".utf8))
            _exit(128 + signal.rawValue)
        }
    }

    private func act(_ action: SignalRules.Action, on signal: OperatorSignal, _ hands: Hands) async {
        switch action {
        case .drain: await hands.services.triggerGracefulShutdown()
        case .endNow:
            hands.logger.warning(
                "Told to stop again: the drain ends at once.", metadata: ["signal": "\(signal.name)"])
            hands.impatience.begin()
        case .reload: hands.reload()
        case .goOn(let reason):
            hands.logger.warning(
                "A signal was ignored.", metadata: ["signal": "\(signal.name)", "reason": "\(reason)"])
        }
    }

    /// A closed terminal's descriptor is no terminal any more.
    private var isTerminalGone: Bool { terminals.contains { isatty($0) != 1 } }
}

/// The wish that a drain be over now, from who catches signals to who waits.
struct Impatience: Sendable {
    private let wishes = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    func begin() { wishes.continuation.yield() }

    /// Returns when the wish is there, or the task is cancelled. One caller.
    func wait() async {
        for await _ in wishes.stream { return }
    }
}
