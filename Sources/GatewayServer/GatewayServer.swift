// Composition: one configuration becomes one running gateway. Everything that can be wrong with files is found before a
// socket opens.

internal import EventHub
internal import GatewayHTTP
package import Logging
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import ServiceLifecycle
internal import TokenAuth
internal import UnixSignals

/// The gateway: listeners, hub and log, from start to drained.
package struct GatewayServer: Sendable {
    private let configuration: GatewayConfiguration
    private let logger: Logger
    private let registry: PrometheusRegistry
    private let tls: TLSContext
    private let certificates: [CertificateWatch.Certificate]
    private let verifier: TokenVerifier
    private let log: any EventLog

    /// Reads certificates and keys, and opens the event log.
    ///
    /// - Throws: ``StartupError``, which says which file is wrong, how, and what to do.
    package init(
        configuration: GatewayConfiguration, logger: Logger, metrics registry: PrometheusRegistry
    ) throws(StartupError) {
        self.configuration = configuration
        self.logger = logger
        self.registry = registry
        tls = try configuration.tls.context(
            clientCertificate: configuration.publish.clientCertificate, places: configuration.places)
        certificates = try configuration.certificates()
        verifier = try configuration.auth.verifier(places: configuration.places)
        log = try configuration.openLog(logger)
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    ///
    /// - Parameter whenReady: called once both listeners are open.
    /// - Throws: ``StartupError`` when an address can't be listened on.
    package func run(whenReady: @escaping @Sendable () -> Void = {}) async throws {
        MemoryBudget(configuration, cores: System.coreCount).report(to: logger, memory: .current())
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: configuration.listen.eventLoops == 0
                ? System.coreCount : configuration.listen.eventLoops)
        let service = GatewayService(parts: parts(on: group), group: group, logger: logger, whenReady: whenReady)
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await services.run()
        } catch {
            await log.close()
            try? await group.shutdownGracefully()
            throw error
        }
        // Behind the last answer to a publisher, and before the loops go that such answers are given on.
        await log.close()
        try await group.shutdownGracefully()
    }

    // MARK: Parts

    private func parts(on group: MultiThreadedEventLoopGroup) -> GatewayParts {
        let metrics = ServerMetrics(registry: registry, logger: logger)
        let eventLoops = Array(group.makeIterator()) as [any EventLoop]
        let hub = EventHub(context: configuration.hubContext(log: log, metrics: metrics), eventLoops: eventLoops)
        let readiness = Readiness()
        let watch = LogWatch(logger: logger, metrics: metrics.log, readiness: readiness)
        log.watch { watch.report($0) }
        let limits = configuration.limits
        let account = ByteAccount(limit: limits.held)
        let nearOrigins = NearOriginLog(logger: logger)
        let gateway = Gateway(
            hub: hub, verifier: verifier,
            cors: CORSPolicy(origins: configuration.cors.origins, noteNear: nearOrigins.note),
            settings: configuration.gatewaySettings, clock: WallTime.systemClock, newSession: SessionID.random)
        let http1 = HTTP1Pipeline(
            judge: gateway, times: configuration.connectionTimes, headBytes: limits.requestHead,
            account: account, metrics: metrics, date: DateField(clock: WallTime.systemClock))
        let tracker = ConnectionTracker(configuration.seatLimits)
        let listener = PublicListener(
            configuration: configuration, tls: tls, served: http1,
            turnedAway: http1.turningAway(gateway, limit: limits.connections), http2: configuration.http2Limits,
            tracker: tracker, metrics: metrics, logger: logger,
            loops: LoopResources(eventLoops))
        return GatewayParts(
            configuration: configuration, hub: hub, readiness: readiness, listener: listener,
            admin: admin(readiness, metrics, hub, tracker, account),
            certificates: CertificateClerk(certificates, metrics: metrics, logger: logger) {
                WallTime.systemClock().milliseconds / 1000
            })
    }

    private func admin(
        _ readiness: Readiness, _ metrics: ServerMetrics, _ hub: EventHub, _ connections: ConnectionTracker,
        _ account: ByteAccount
    ) -> AdminListener {
        let registry = registry
        let judge = AdminJudge(readiness: readiness) {
            metrics.sample(hub: hub, connections: connections.counts, held: account)
            return registry.render()
        }
        return AdminListener(
            address: configuration.admin.address, port: configuration.admin.port,
            http1: HTTP1Pipeline(
                judge: judge, times: configuration.connectionTimes, headBytes: configuration.limits.requestHead,
                account: .unlimited, metrics: metrics, date: DateField(clock: WallTime.systemClock)),
            tracker: ConnectionTracker(SeatLimits(strangers: AdminListener.connectionLimit)))
    }
}

/// What a running gateway is made of.
struct GatewayParts: Sendable {
    let configuration: GatewayConfiguration
    let hub: EventHub
    let readiness: Readiness
    let listener: PublicListener
    let admin: AdminListener
    let certificates: CertificateClerk
}
