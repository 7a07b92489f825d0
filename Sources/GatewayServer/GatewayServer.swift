// Composition: one configuration becomes one running gateway. Everything that can be wrong with files is found before a
// socket opens.

internal import EventHub
internal import EventLog
internal import GatewayHTTP
package import Logging
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import ServiceLifecycle
internal import TokenAuth

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

    /// Serves until SIGTERM or SIGINT, then drains; the second of them ends the drain.
    ///
    /// - Parameter whenReady: called once both listeners are open.
    /// - Returns: the signal that ended the drain before its time; nil when all went as it should.
    /// - Throws: ``StartupError`` when an address can't be listened on, or the system allows too few open files.
    @discardableResult
    package func run(whenReady: @escaping @Sendable () -> Void = {}) async throws -> Int32? {
        let loops = configuration.listen.eventLoops == 0 ? System.coreCount : configuration.listen.eventLoops
        let budget: DescriptorBudget
        do {
            budget = try descriptorBudget(eventLoops: loops)
        } catch {
            await log.close()
            throw error
        }
        report(budget)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        // Probes are answered by a thread of their own: they have to say so when an event loop stands still.
        let adminGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let impatience = Impatience()
        let signals = SignalWatch(logger: logger, impatience: impatience)
        let service = GatewayService(
            parts: parts(on: group, budget), group: group, adminGroup: adminGroup, logger: logger,
            impatience: impatience, whenReady: whenReady)
        let result = await Self.outcome { try await signals.run(services(service)) }
        // Behind the last answer to a publisher, and before the loops go that such answers are given on.
        await log.close()
        try? await group.shutdownGracefully()
        try? await adminGroup.shutdownGracefully()
        try result.get()
        return signals.cutShortBy?.rawValue
    }

    /// Says what the memory budget comes to with as many connections as there are descriptors for.
    private func report(_ descriptors: DescriptorBudget) {
        var served = configuration
        served.limits.connections = descriptors.connections
        served.limits.turnedAway = descriptors.turnedAway
        MemoryBudget(served, cores: System.coreCount).report(to: logger, memory: .current())
    }

    private func services(_ service: GatewayService) -> ServiceGroup {
        // At debug it would write out every service, which is this whole object graph.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .info)
        return ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [], logger: quiet))
    }

    private static func outcome(of body: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    /// How many connections the system's limit on open files leaves, which is raised as far as it goes.
    private func descriptorBudget(eventLoops: Int) throws(StartupError) -> DescriptorBudget {
        let allowed = FileDescriptors.raiseLimit()
        let own =
            (FileDescriptors.openCount ?? 0) + eventLoops * DescriptorBudget.perEventLoop + DescriptorBudget.perProcess
        let limits = configuration.limits
        guard
            let budget = DescriptorBudget(
                allowed: allowed, used: own, connections: limits.connections, turnedAway: limits.turnedAway)
        else {
            throw StartupError(
                .listen,
                "The system allows this process \(allowed) open files, and it takes \(own) without any connection. "
                    + "Raise `ulimit -n`, or lower listen.event_loops.")
        }
        if budget.connections < limits.connections {
            logger.warning(
                "The system allows fewer open files than limits.connections takes; so many are served. Raise `ulimit -n`.",
                metadata: [
                    "allowed": "\(allowed)", "limits.connections": "\(limits.connections)",
                    "served": "\(budget.connections)",
                ])
        }
        return budget
    }

    // MARK: Parts

    private func parts(on group: MultiThreadedEventLoopGroup, _ budget: DescriptorBudget) -> GatewayParts {
        let metrics = ServerMetrics(registry: registry, logger: logger)
        let eventLoops = Array(group.makeIterator()) as [any EventLoop]
        let hub = EventHub(context: configuration.hubContext(log: log, metrics: metrics), eventLoops: eventLoops)
        let health = Health()
        let watch = LogWatch(logger: logger, metrics: metrics.log, health: health)
        log.watch { watch.report($0) }
        let spares = SpareDescriptors()
        let account = ByteAccount(limit: configuration.limits.held)
        let listener = listener(metrics, hub, budget, account, eventLoops)
        let admin = admin(health, metrics, hub, listener.tracker, account, budget, spares)
        return GatewayParts(
            configuration: configuration, hub: hub, health: health, listener: listener, admin: admin,
            housekeeping: Housekeeping(
                trackers: [listener.tracker, admin.tracker], pulses: LoopPulses(eventLoops), health: health,
                spares: spares),
            certificates: CertificateClerk(certificates, metrics: metrics, logger: logger) {
                WallTime.systemClock().milliseconds / 1000
            })
    }

    private func listener(
        _ metrics: ServerMetrics, _ hub: EventHub, _ budget: DescriptorBudget, _ account: ByteAccount,
        _ eventLoops: [any EventLoop]
    ) -> PublicListener {
        let nearOrigins = NearOriginLog(logger: logger)
        let gateway = Gateway(
            hub: hub, verifier: verifier,
            cors: CORSPolicy(origins: configuration.cors.origins, noteNear: nearOrigins.note),
            settings: configuration.gatewaySettings, clock: WallTime.systemClock, newSession: SessionID.random)
        let http1 = HTTP1Pipeline(
            judge: gateway, times: configuration.connectionTimes, headBytes: configuration.limits.requestHead,
            account: account, metrics: metrics, date: DateField(clock: WallTime.systemClock))
        return PublicListener(
            configuration: configuration, tls: tls, served: http1,
            turnedAway: http1.turningAway(gateway, limit: budget.connections), http2: configuration.http2Limits,
            tracker: ConnectionTracker(configuration.seatLimits(budget)), metrics: metrics, logger: logger,
            loops: LoopResources(eventLoops),
            pauses: AcceptPauses.Listener(name: "public", metrics: metrics, logger: logger),
            plaintext: PlaintextReport(metrics: metrics, logger: logger))
    }

    private func admin(
        _ health: Health, _ metrics: ServerMetrics, _ hub: EventHub, _ connections: ConnectionTracker,
        _ account: ByteAccount, _ budget: DescriptorBudget, _ spares: SpareDescriptors
    ) -> AdminListener {
        let registry = registry
        let judge = AdminJudge(hosts: AdminHosts(configuration.admin.hosts), health: health) {
            metrics.sample(hub: hub, connections: connections.counts, held: account)
            return registry.render()
        }
        return AdminListener(
            address: configuration.admin.address, port: configuration.admin.port,
            http1: HTTP1Pipeline(
                judge: judge, times: AdminListener.times, headBytes: configuration.limits.requestHead,
                account: .unlimited, metrics: metrics, date: DateField(clock: WallTime.systemClock)),
            tracker: ConnectionTracker(SeatLimits(strangers: budget.adminConnections)),
            pauses: AcceptPauses.Listener(
                name: "admin", metrics: metrics, logger: logger, giveUpSpare: { spares.giveUpOne() }))
    }
}

/// What a running gateway is made of.
struct GatewayParts: Sendable {
    let configuration: GatewayConfiguration
    let hub: EventHub
    let health: Health
    let listener: PublicListener
    let admin: AdminListener
    let housekeeping: Housekeeping
    let certificates: CertificateClerk
}
