// Makes one running gateway of one configuration. It finds everything that is wrong with files before it opens a
// socket.

internal import EventHub
internal import EventLog
internal import GatewayRules
internal import HTTPServing
internal import KeySources
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import TokenAuth

/// The gateway: listeners, hub and log, from start to drained.
package struct GatewayServer: Sendable {
    private let configuration: GatewayConfiguration
    private let logger: Logger
    /// The same, without keeping what is said.
    private let plainLogger: Logger
    /// What was said of late, for who looks at the gateway.
    private let recent = RecentNotices()
    /// Writes the lines that come with each publish or request.
    private let lines = LineThread()
    private let diary: EventDiary
    private let registry: PrometheusRegistry
    private let files: LoadedFiles
    private let reload: Reload
    private let log: any EventLog
    private let sockets: PassedSockets
    /// Whom the log is shared with.
    private let cluster: ClusterLink?

    /// How to read the configuration anew while the gateway runs.
    package struct Reload: Sendable {
        let file: String?
        let level: LogLevel?
        let source: ConfigurationSource

        /// - Parameters:
        ///   - file: the configuration file. The gateway watches it, like the files that it names.
        ///   - level: what the process's loggers ask.
        ///   - source: reads and checks the configuration.
        package init(file: String?, level: LogLevel?, source: @escaping ConfigurationSource) {
            self.file = file
            self.level = level
            self.source = source
        }
    }

    /// Reads certificates and keys, and opens the event log.
    ///
    /// - Throws: ``StartupError``, which says which file is wrong, how, and what to do.
    package init(
        configuration: GatewayConfiguration, logger: Logger, metrics registry: PrometheusRegistry, reload: Reload
    ) async throws(StartupError) {
        self.configuration = configuration
        plainLogger = logger
        self.logger = recent.keeping(logger)
        diary = EventDiary(bytes: configuration.explain.bytes)
        self.registry = registry
        self.reload = reload
        sockets = try PassedSockets.claim()
        files = try LoadedFiles(configuration)
        let opened = try await configuration.openLog(self.logger, registry)
        (log, cluster) = (opened.log, opened.cluster)
    }

    /// Serves until SIGTERM or SIGINT, then drains; the second of them ends the drain. Who has been told to stop
    /// already serves nobody.
    ///
    /// - Parameters:
    ///   - signals: catches them, since before the files were read.
    ///   - whenReady: called once both listeners are open.
    /// - Returns: the signal that ended the drain before its time; nil when all went as it should.
    /// - Throws: ``StartupError`` when an address can't be listened on, or the system allows too few open files.
    @discardableResult
    package func run(
        signals: SignalWatch, whenReady: @escaping @Sendable () -> Void = {}
    ) async throws -> Int32? {
        guard !signals.isToldToStop else {
            logger.notice("Told to stop before it served.")
            await closeLog()
            return nil
        }
        let loops = configuration.listen.loops(cores: System.coreCount)
        let descriptors = DescriptorSupply(eventLoops: loops, hasCanaries: configuration.canary.interval > .zero)
        let budget: DescriptorBudget
        do {
            budget = try descriptorBudget(descriptors)
        } catch {
            await closeLog()
            throw error
        }
        report(budget)
        files.report(to: logger)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        // Probes have a thread of their own, to answer when an event loop stands still.
        let adminGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let impatience = Impatience()
        let parts = parts(on: group, adminGroup, budget, descriptors)
        let service = GatewayService(
            parts: parts, sockets: sockets, group: group, adminGroup: adminGroup, logger: logger,
            impatience: impatience, whenReady: whenReady)
        let hands = SignalWatch.Hands(
            services: services(service), logger: logger, impatience: impatience, reload: parts.reloader.ask)
        let result = await Self.outcome { try await signals.run(hands) }
        // After the last answer to a publisher, and before the loops end that give these answers.
        await closeLog()
        await BoundedWait.atMost(.seconds(5)) { try? await group.shutdownGracefully() }
        try? await adminGroup.shutdownGracefully()
        try result.get()
        return signals.cutShortBy?.rawValue
    }

    private func closeLog() async {
        await log.close()
        await lines.end()
        await cluster?.close()
    }

    /// Logs the memory budget, for as many connections as there are descriptors for.
    private func report(_ descriptors: DescriptorBudget) {
        var served = configuration
        served.limits.connections = descriptors.connections
        served.limits.turnedAway = descriptors.turnedAway
        MemoryBudget(served, cores: System.coreCount).report(to: logger, memory: .current())
    }

    private func services(_ service: GatewayService) -> ServiceGroup {
        // At debug it would write out each service, which is this whole object graph.
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

    /// Raises the limit on open files as far as the system allows, and returns how many connections that leaves.
    private func descriptorBudget(_ descriptors: DescriptorSupply) throws(StartupError) -> DescriptorBudget {
        let limits = configuration.limits
        guard let budget = descriptors.budget(for: limits) else {
            throw StartupError(.listen, descriptors.refusal)
        }
        if budget.connections < limits.connections {
            logger.warning(
                "The system allows fewer open files than limits.connections takes; so many are served. Raise `ulimit -n`.",
                metadata: [
                    "allowed": .stringConvertible(descriptors.allowed),
                    "limits.connections": .stringConvertible(limits.connections),
                    "served": .stringConvertible(budget.connections),
                ])
        }
        return budget
    }

    // MARK: Parts

    private func parts(
        on group: MultiThreadedEventLoopGroup, _ adminGroup: MultiThreadedEventLoopGroup, _ budget: DescriptorBudget,
        _ descriptors: DescriptorSupply
    ) -> GatewayParts {
        let metrics = ServerMetrics(
            registry: registry, logger: logger, lines: configuration.logging.lines,
            spans: configuration.tracing.lines, recent: recent, diary: diary, thread: lines)
        let eventLoops = Array(group.makeIterator()) as [any EventLoop]
        let hub = EventHub(
            context: configuration.hubContext(log: log, metrics: metrics, elsewhere: cluster?.neighbours),
            eventLoops: eventLoops)
        hub.adopt(configuration.streamSettings, configuration.streamLimits, keys: files.keys)
        let health = Health { [cluster] in cluster?.news.isConnected ?? true }
        let promise = LogPromise(durability: configuration.log.ownDurability)
        cluster?.begin(promise, health)
        let watch = LogWatch(
            logger: logger, metrics: metrics.log, health: health,
            readers: { [path = configuration.log.file] in path.map(PortHolder.readers(of:)) ?? [] })
        log.watch { watch.report($0) }
        let accounts = CallerAccounts()
        let keyMetrics = KeyMetrics(registry: registry, logger: logger)
        let keeper = KeyKeeper<KeySet>(
            .init(read: KeySet.fetched, holds: { $0.mayHold($1) }, report: keyMetrics.report))
        keeper.adopt(files.trust.sources, configuration.auth.fetchRules)
        let pass = configuration.canary.interval > .zero ? CanaryPass.random() : nil
        let gateway = gatewayMaker(hub, accounts, keeper, promise, pass, metrics.spans)
        let live = Live(
            LiveSettings(
                configuration, files: files, gateway: gateway(configuration, files, 0),
                connections: budget.connections, authorities: 0),
            readBy: eventLoops + Array(adminGroup.makeIterator()))
        // Weak, because the rules hold the hub.
        hub.judgeRenewals { [weak live] in live?.value.gateway.judge($0) }
        let spares = SpareDescriptors()
        let account = ByteAccount(limit: configuration.limits.held)
        var listener = listener(live, metrics, budget, account, accounts.addresses, eventLoops)
        listener.canary = pass?.address
        // Since when events are counted that leave the log.
        metrics.log.sample(hub.logExtent, oldestAt: hub.oldestEventAt)
        let pulses = LoopPulses(eventLoops)
        LatencyMetrics.show(hub, listener.loops, pulses, in: registry)
        let journal = ReloadJournal()
        let certificates = CertificateClerk(files.certificates, metrics: metrics, logger: logger) {
            WallTime.systemClock().milliseconds / 1000
        }
        let canary = pass.map { makeCanary($0, hub, live, loops: eventLoops.count, on: adminGroup.next()) }
        if let canary { health.ask { canary.faults } }
        let sample: @Sendable () -> Void = { [listener] in
            canary?.sample()
            metrics.sample(hub: hub, connections: listener.tracker.counts, held: account)
            metrics.sample(live.value.configuration, hub, listener)
        }
        let dashboard = dashboard(health, journal, budget, on: adminGroup.next(), sample)
        let admin = admin(live, health, metrics, hub, budget, spares, journal, dashboard, on: adminGroup.next(), sample)
        let notices = ServiceNotices()
        let reloader = Reloader(
            Reloader.Parts(
                live: live, hub: hub, tracker: listener.tracker, account: account, keeper: keeper,
                certificates: certificates,
                descriptors: descriptors, metrics: ReloadMetrics(registry: registry), level: reload.level,
                logger: logger, gateway: gateway, notices: notices, journal: journal),
            configuration, files, file: reload.file, source: reload.source)
        return GatewayParts(
            reloader: reloader, keeper: keeper, hub: hub, health: health, listener: listener, admin: admin,
            dashboard: dashboard,
            housekeeping: Housekeeping(
                trackers: [listener.tracker, admin.tracker], pulses: pulses, health: health,
                spares: spares, notices: notices, metrics: metrics),
            certificates: certificates, notices: notices, canary: canary,
            cluster: clusterWork(hub, promise, health) { TimeAmount(reloader.configuration.shutdown.drain) })
    }

    private func makeCanary(
        _ pass: CanaryPass, _ hub: EventHub, _ live: Live<LiveSettings>, loops: Int, on eventLoop: any EventLoop
    ) -> Canary {
        Canary(
            Canary.Parts(
                hub: hub, live: live, pass: pass, registry: registry, logger: logger,
                time: { WallTime.systemClock().milliseconds / 1000 }),
            interval: TimeAmount(configuration.canary.interval),
            limit: TimeAmount(max(configuration.canary.limit, configuration.canary.interval * 2)), loops: loops,
            on: eventLoop)
    }

    /// - Parameter window: how long streams that are sent away take to go.
    private func clusterWork(
        _ hub: EventHub, _ promise: LogPromise, _ health: Health, window: @escaping @Sendable () -> TimeAmount
    ) -> (@Sendable () async -> Void)? {
        guard let cluster else { return nil }
        return { [log, logger] in await cluster.run(log, hub, promise, health, logger, window: window) }
    }

    /// Makes the public listener's rules of a configuration and its files.
    private func gatewayMaker(
        _ hub: EventHub, _ accounts: CallerAccounts, _ keeper: KeyKeeper<KeySet>, _ promise: LogPromise,
        _ canary: CanaryPass?, _ spans: SpanLog
    ) -> @Sendable (GatewayConfiguration, LoadedFiles, UInt64) -> Gateway {
        let everyNode = cluster.map { ClusterDesk($0.neighbours, hub) }
        let (nearOrigins, administrators) = (NearOriginLog(logger: logger), AdministratorLog(logger: logger))
        let audit = AuditLog(logger: logger, on: lines)
        return { configuration, files, authorities in
            var settings = configuration.gatewaySettings
            settings.authorities = authorities
            settings.providerMarks = files.trust.providerMarks
            return Gateway(
                hub: hub, verifier: files.trust.verifier(fetched: keeper.keys),
                issuerKeys: files.trust.sources.isEmpty ? nil : FetchedKeys(keeper: keeper),
                cors: CORSPolicy(origins: configuration.cors.origins, noteNear: nearOrigins.note), settings: settings,
                clock: WallTime.systemClock, newSession: SessionID.random, accounts: accounts,
                noteAct: administrators.note, notePublished: configuration.logging.audit ? audit.note : nil,
                canary: canary, tracer: configuration.tracing.tracer(spans.write), promise: promise,
                everyNode: everyNode)
        }
    }

    private func listener(
        _ live: Live<LiveSettings>, _ metrics: ServerMetrics, _ budget: DescriptorBudget, _ account: ByteAccount,
        _ addresses: AddressBook, _ eventLoops: [any EventLoop]
    ) -> PublicListener {
        PublicListener(
            configuration: configuration, live: live, account: account, date: DateField(clock: WallTime.systemClock),
            tracker: ConnectionTracker(configuration.seatLimits(budget)), metrics: metrics, logger: logger,
            loops: LoopResources(eventLoops),
            pauses: AcceptPauses.Listener(name: "public", metrics: metrics, logger: logger),
            plaintext: PlaintextReport(metrics: metrics, logger: logger), addresses: addresses)
    }

    private func admin(
        _ live: Live<LiveSettings>, _ health: Health, _ metrics: ServerMetrics, _ hub: EventHub,
        _ budget: DescriptorBudget, _ spares: SpareDescriptors, _ journal: ReloadJournal, _ dashboard: Dashboard,
        on eventLoop: any EventLoop, _ sample: @escaping @Sendable () -> Void
    ) -> AdminListener {
        let explainer = Explainer(
            hub: hub, log: log, diary: diary, eventLoop: eventLoop, clock: WallTime.systemClock)
        let judge = AdminJudge(
            hosts: live.value.adminHosts, health: health, reloads: journal.record, explain: explainer.explain,
            dashboard: dashboard
        ) { [registry] in
            sample()
            return registry.render()
        }
        return AdminListener(
            address: configuration.admin.address, port: configuration.admin.port,
            http: HTTPPipeline(
                judge: judge, times: AdminListener.times, headBytes: configuration.limits.requestHead,
                account: .unlimited, metrics: metrics, date: DateField(clock: WallTime.systemClock)),
            tracker: ConnectionTracker(SeatLimits(strangers: budget.adminConnections)),
            pauses: AcceptPauses.Listener(
                name: "admin", metrics: metrics, logger: logger, giveUpSpare: { spares.giveUpOne() }))
    }
}

extension GatewayServer {
    /// - Parameter sample: has the metrics show what is only read when somebody asks.
    private func dashboard(
        _ health: Health, _ journal: ReloadJournal, _ budget: DescriptorBudget, on eventLoop: any EventLoop,
        _ sample: @escaping @Sendable () -> Void
    ) -> Dashboard {
        let sources = Dashboard.Sources(
            metrics: { [registry] in
                sample()
                return registry.families()
            },
            probes: {
                TroubleFinder.Probes(
                    deadly: health.deadly, faults: health.faults(for: nil), refusedReload: journal.record.failures)
            }, recent: recent, time: WallTime.systemClock, logger: plainLogger)
        // Where there are few open files, most of the places stay the probes'.
        let limit = max(1, min(DashboardStreams.most, budget.adminConnections / 4))
        return Dashboard(sources, limit: limit, on: eventLoop)
    }
}

/// What a running gateway is made of.
struct GatewayParts: Sendable {
    let reloader: Reloader
    let keeper: KeyKeeper<KeySet>
    let hub: EventHub
    let health: Health
    let listener: PublicListener
    let admin: AdminListener
    let dashboard: Dashboard
    let housekeeping: Housekeeping
    let certificates: CertificateClerk
    let notices: ServiceNotices
    let canary: Canary?
    /// What is done beside serving, where the log is shared; until it is cancelled.
    let cluster: (@Sendable () async -> Void)?
}
