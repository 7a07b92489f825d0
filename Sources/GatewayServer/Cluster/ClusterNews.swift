// Tells the operator how the connection to NATS is, and others that it was made anew. Called on the client's event
// loop.

internal import Logging
internal import NATSClient
internal import PlainWords
internal import Synchronization

/// Takes the client's reports.
final class ClusterNews: Sendable {
    private struct State {
        var isConnected = false
        var connections = 0
        var failures = ChangeReporter<String?>(nil)
        /// A server complains of each message that it does not let through.
        var complaints = ChangeReporter<String?>(nil)
    }

    private let logger: Logger
    private let metrics: ClusterMetrics
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())
    /// Rung at each new connection.
    let bell = Bell()

    init(
        logger: Logger, metrics: ClusterMetrics, clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        (self.logger, self.metrics, self.clock) = (logger, metrics, clock)
    }

    var isConnected: Bool { state.withLock { $0.isConnected } }

    func report(_ event: NATSEvent) {
        switch event {
        case .connected(let server, let isSecure): connected(to: server, isSecure)
        case .disconnected(let server, let error, let unknown): disconnected(from: server, error, unknown)
        case .attemptFailed(let server, let error): failed(server, error)
        case .complaint(let server, let error): complained(server, error)
        case .lameDuck(let server):
            logger.notice("A server of NATS is about to stop.", metadata: ["server": "\(server)"])
        case .discovered(let count):
            logger.info("Servers of NATS were learned from one of them.", metadata: ["servers": "\(count)"])
        }
    }

    private func connected(to server: ServerAddress, _ isSecure: Bool) {
        state.withLock { state in
            state.isConnected = true
            state.connections += 1
            _ = state.failures.line(for: nil, at: clock())
            _ = state.complaints.line(for: nil, at: clock())
        }
        metrics.connected.set(1 as Int64)
        logger.notice(
            "Connected to NATS.", metadata: ["server": "\(server)", "tls": "\(isSecure ? "yes" : "no")"])
        bell.ring()
    }

    private func disconnected(from server: ServerAddress, _ error: NATSError, _ unknown: Int) {
        state.withLock { $0.isConnected = false }
        metrics.connected.set(0 as Int64)
        metrics.connectionsLost.increment()
        logger.warning(
            "The connection to NATS is lost; another server is tried.",
            metadata: ["server": "\(server)", "cause": "\(error.message)", "under_way": "\(unknown)"])
    }

    private func complained(_ server: ServerAddress, _ error: NATSError) {
        let line = state.withLock { $0.complaints.line(for: "\(server) \(error.message)", at: clock()) }
        guard line != nil else { return }
        logger.warning(
            "A server of NATS complains.", metadata: ["server": "\(server)", "cause": "\(QuotedValue(error.message))"])
    }

    private func failed(_ server: ServerAddress, _ error: NATSError) {
        let line = state.withLock { $0.failures.line(for: error.code.rawValue, at: clock()) }
        guard line != nil else { return }
        logger.warning(
            "A server of NATS can't be connected to.", metadata: ["server": "\(server)", "cause": "\(error.message)"])
    }
}

/// Wakes one task. Rung several times before it is heard, it is heard once.
final class Bell: Sendable {
    let rings: AsyncStream<Void>
    private let end: AsyncStream<Void>.Continuation

    init() { (rings, end) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

    func ring() { end.yield() }
}
