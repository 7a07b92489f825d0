// Looks from time to time, and whenever NATS was connected to anew, whether its servers keep what they acknowledge, and
// tells publishers, probes, metrics and the operator.

internal import GatewayRules
internal import JetStreamEventLog
internal import Logging
internal import NATSMonitor
internal import Synchronization

/// Keeps the log's promise true.
final class DurabilityWatch: Sendable {
    private let wanted: GatewayConfiguration.Log.Durability
    private let settings: GatewayConfiguration.JetStream
    private let reader: MonitorReader
    private let metrics: ClusterMetrics
    private let logger: Logger
    private let news: ClusterNews
    private let told = Mutex(Told())

    struct Told: Sendable {
        var standing: DurabilityStanding?
        var changes: [StreamDifference] = []
        /// When most of the servers were last heard, and none has said otherwise since.
        var verifiedAt: ContinuousClock.Instant?
        var warnings: Set<String> = []

        /// How old what is verified is, with this verdict.
        mutating func age(_ verdict: DurabilityVerdict?, at now: ContinuousClock.Instant) -> Duration? {
            if let verdict, verdict.refutations.isEmpty {
                if DurabilityStanding.verifies(verdict) { verifiedAt = now }
            } else {
                verifiedAt = nil
            }
            return verifiedAt.map { now - $0 }
        }
    }

    /// How often the servers are asked when nothing happens. One that was started anew may have another configuration.
    private static let interval = Duration.seconds(10)

    /// - Parameter news: which server there is a connection to, and what became of the streams.
    init(_ log: GatewayConfiguration.Log, news: ClusterNews, metrics: ClusterMetrics, logger: Logger) {
        self.news = news
        wanted = log.durability
        settings = log.jetStream
        reader = MonitorReader(authorities: log.jetStream.ca)
        (self.metrics, self.logger) = (metrics, logger)
    }

    /// Asks all servers.
    ///
    /// - Returns: nothing where there are no monitors.
    func ask() async -> DurabilityVerdict? {
        guard !settings.monitors.isEmpty else { return nil }
        let before = news.server
        var verdict = DurabilityVerdict(await reader.reports(of: settings.monitors), in: settings.monitors)
        // A connection that was made meanwhile has rung for another look.
        if let server = news.server, server == before { verdict.hold(connectionTo: server) }
        metrics.monitors.unanswered.set(Int64(verdict.unasked.count))
        metrics.monitors.answered.set(Int64(settings.monitors.count - verdict.unasked.count))
        return verdict
    }

    /// The other gateways that are connected to a server of NATS that can be asked.
    func otherClients(of stream: String, than own: String) async -> NodeBook.Others {
        await withTaskGroup(of: [String]?.self) { tasks in
            for url in settings.monitors {
                tasks.addTask { [reader] in try? await reader.clients(of: url) }
            }
            let names = await tasks.reduce(into: [[String]]()) { if let names = $1 { $0.append(names) } }
            guard !names.isEmpty else { return .unheard }
            return names.joined().contains { NodeName.isNode($0, of: stream) && !$0.utf8.elementsEqual(own.utf8) }
                ? .current : .cutOff
        }
    }

    /// Tells what was found.
    func tell(_ verdict: DurabilityVerdict?, _ promise: LogPromise, _ health: Health) {
        let standing = DurabilityStanding(
            wanted, replicas: settings.replicas, by: verdict, verified: told.withLock { $0.age(verdict, at: .now) },
            changes: news.changes)
        promise.update(durability: standing.word, isBroken: standing.isBroken)
        health.durability = (standing.note, standing.isBroken)
        metrics.show(standing)
        let (before, warnings) = told.withLock { told in
            let warnings = Set(verdict?.warnings ?? [])
            defer { (told.standing, told.warnings) = (standing, warnings) }
            return (told.standing, warnings.subtracting(told.warnings))
        }
        for warning in warnings.sorted() { warn(of: warning) }
        tell(news.changes)
        guard before?.isBroken ?? false != standing.isBroken else { return }
        if standing.isBroken {
            logger.error(
                "NATS keeps events less safely than configured: publishers get 503.",
                metadata: ["found": "\(standing.note)"]
            )
        } else {
            logger.warning(
                "NATS keeps events as safely as configured again.", metadata: ["found": "\(standing.note)"])
        }
    }

    /// Tells once of settings that a stream has got since it was opened.
    private func tell(_ changes: [StreamDifference]) {
        let former = told.withLock { told in
            defer { told.changes = changes }
            return told.changes
        }
        guard former != changes else { return }
        guard !changes.isEmpty else {
            return logger.warning("The streams of NATS have the settings again that they have to have.")
        }
        logger.error(
            "The settings of a stream of NATS were changed: with these no gateway starts.",
            metadata: ["found": "\(changes.map(\.description).joined(separator: "; "))"])
    }

    /// - Parameter text: a sentence about a server.
    func warn(of text: String) {
        logger.warning("A server of NATS may lose events.", metadata: ["reason": "\(text)"])
    }

    /// Looks until it is cancelled.
    func run(_ promise: LogPromise, _ health: Health, bell: Bell) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.interval)
                    bell.ring()
                }
            }
            for await _ in bell.rings {
                news.tellLate()
                tell(await ask(), promise, health)
            }
            tasks.cancelAll()
        }
    }
}
