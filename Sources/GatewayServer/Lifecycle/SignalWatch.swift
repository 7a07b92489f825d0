// Catches the signals that a gateway knows, and acts on them. What they mean is `SignalRules`'.

internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import UnixSignals

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Acts on signals for as long as the gateway runs.
final class SignalWatch: Sendable {
    private let logger: Logger
    private let impatience: Impatience
    private let reload: @Sendable () -> Void
    private let rules = Mutex(SignalRules())
    /// The standard streams that were a terminal at the start.
    private let terminals = [STDIN_FILENO, STDERR_FILENO].filter { isatty($0) == 1 }

    /// - Parameter reload: asks for a reload.
    init(logger: Logger, impatience: Impatience, reload: @escaping @Sendable () -> Void) {
        self.logger = logger
        self.reload = reload
        self.impatience = impatience
    }

    /// The signal that ended the drain before its time; nil when none did.
    var cutShortBy: OperatorSignal? { rules.withLock { $0.cutShortBy } }

    /// Runs services, and shuts them down as signals say.
    func run(_ services: ServiceGroup) async throws {
        let signals = await UnixSignalsSequence(trapping: [.sighup, .sigint, .sigterm, .sigusr1, .sigusr2])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await signal in signals { await self.act(on: signal, services) }
            }
            defer { tasks.cancelAll() }
            try await services.run()
        }
    }

    private func act(on signal: UnixSignal, _ services: ServiceGroup) async {
        guard let signal = OperatorSignal(rawValue: signal.rawValue) else { return }
        switch rules.withLock({ $0.received(signal, isTerminalGone: isTerminalGone) }) {
        case .drain: await services.triggerGracefulShutdown()
        case .endNow:
            logger.warning("Told to stop again: the drain ends at once.", metadata: ["signal": "\(signal.name)"])
            impatience.begin()
        case .reload: reload()
        case .goOn(let reason):
            logger.warning("A signal was ignored.", metadata: ["signal": "\(signal.name)", "reason": "\(reason)"])
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
