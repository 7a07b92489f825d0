// Tells the operator how the connection to NATS is, and others that it was made anew. Called on the client's event
// loop.

internal import JetStreamEventLog
internal import Logging
internal import NATSClient
internal import PlainWords
internal import Synchronization

/// Takes the client's reports.
final class ClusterNews: Sendable {
    private struct State {
        /// The server that there is a connection to: its own name for itself.
        var server: String?
        /// A server, or something on the way to it, that lets this gateway in and drops it does so again and again.
        var contact = ChangeReporter(false)
        var changes: [StreamDifference] = []
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

    var isConnected: Bool { state.withLock { $0.server != nil } }

    /// The id of the server that there is a connection to, as its monitoring endpoint has it, too.
    var server: String? { state.withLock { $0.server } }

    /// How the log's streams differ from what they have to be, since they were opened.
    var changes: [StreamDifference] { state.withLock { $0.changes } }

    func report(_ event: NATSEvent) {
        switch event {
        case .connected(let server, let id, let isSecure): connected(to: server, id, isSecure)
        case .disconnected(let server, let error, let unknown): disconnected(from: server, error, unknown)
        case .attemptFailed(let server, let error): failed(server, error)
        case .complaint(let server, let error): complained(server, error)
        case .lameDuck(let server):
            logger.notice("A server of NATS is about to stop.", metadata: ["server": "\(server)"])
        case .discovered(let count):
            logger.info(
                "Servers of NATS were learned from one of them.", metadata: ["servers": .stringConvertible(count)])
        }
    }

    /// Takes what a running log has found of its streams.
    func report(_ changes: [StreamDifference]) {
        state.withLock { $0.changes = changes }
        bell.ring()
    }

    private func connected(to server: ServerAddress, _ id: String, _ isSecure: Bool) {
        let line = state.withLock { state in
            state.server = id
            _ = state.failures.line(for: nil, at: clock())
            _ = state.complaints.line(for: nil, at: clock())
            return state.contact.line(for: true, at: clock())
        }
        metrics.connected.set(1 as Int64)
        bell.ring()
        guard let line else { return }
        logger.notice(
            "Connected to NATS.",
            metadata: ["server": "\(server)", "tls": "\(isSecure ? "yes" : "no")"].merging(Self.passedOver(line)) { $1 }
        )
    }

    private func disconnected(from server: ServerAddress, _ error: NATSError, _ unknown: Int) {
        let line = state.withLock { state in
            state.server = nil
            return state.contact.line(for: false, at: clock())
        }
        metrics.connected.set(0 as Int64)
        metrics.connectionsLost.increment()
        guard let line else { return }
        logger.warning(
            "The connection to NATS is lost; another server is tried.",
            metadata: ["server": "\(server)", "cause": "\(error.message)", "under_way": "\(unknown)"]
                .merging(Self.passedOver(line)) { $1 })
    }

    private static func passedOver(_ line: ChangeReporter<Bool>.Line) -> Logger.Metadata {
        line.passedOver > 0 ? ["changes_not_told": "\(line.passedOver)"] : [:]
    }

    /// Tells in the end how it is, when it changed faster than was told. To be called from time to time.
    func tellLate() {
        let line = state.withLock { $0.contact.line(for: $0.server != nil, at: clock()) }
        guard let line else { return }
        logger.warning(
            line.state ? "There is a connection to NATS again." : "There is no connection to NATS.",
            metadata: Self.passedOver(line))
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
