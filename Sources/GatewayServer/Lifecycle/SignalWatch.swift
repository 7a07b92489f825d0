// Catches the signals that a gateway knows, from the program's start on, and acts on them. `SignalRules` decides what
// they mean. Signals that come before the gateway serves are kept for it.

internal import Foundation
internal import Glibc
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

/// Acts on signals. Those that come before a gateway serves are acted on when it does.
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
        /// The signals that came before there were hands, each once.
        var kept: [(signal: OperatorSignal, action: SignalRules.Action)] = []
    }

    private let state = Mutex(State())
    /// The standard streams that were a terminal at the start.
    private let terminals = [STDIN_FILENO, STDERR_FILENO].filter { isatty($0) == 1 }

    private init() {}

    /// Catches signals while `body` runs. Before it does, they have the system's default effect, so begin early.
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

    /// Whether a signal has asked for the end. A gateway that does not serve yet need not begin.
    var isToldToStop: Bool { state.withLock { $0.rules.isDraining } }

    /// Runs services, and shuts them down when a signal says so, also one that came before.
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
            // There is nothing to drain, and a log survives this. There may be no logger yet.
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

    /// The descriptor of a closed terminal is no longer a terminal.
    private var isTerminalGone: Bool { terminals.contains { isatty($0) != 1 } }
}
