// Counts what the other rooms report, and passes it on to the operator's lines.

internal import EventHub
internal import EventLog
internal import HTTPServing
internal import Logging
internal import NIOCore
internal import NIOOpenSSL
internal import Synchronization

/// Counts for the whole process. Called on any event loop.
///
/// One object, since each connection keeps it: a copy of all that is counted would be half a kilobyte.
final class ServerMetrics: HubMetrics, HTTPMetrics {
    private let metrics: GatewayMetrics
    let log: LogMetrics
    private let accounts: LimitMetrics
    private let clock: PrometheusGauge
    private let diaryBytes: PrometheusGauge
    private let traffic: (sent: PrometheusCounter, received: PrometheusCounter)
    private let presence: PresenceMetrics
    private let logger: Logger
    private let refusals: RefusalLog
    private let streams: StreamLog
    private let quotas: [QuotaLog]
    let spans: SpanLog
    private let limits = Mutex(LimitWatch())
    private let diary: EventDiary

    /// - Parameters:
    ///   - lines: how many of one reason the log may have in ten seconds.
    ///   - spans: how many spans of one name.
    ///   - recent: keeps the last refusals.
    ///   - diary: keeps what is asked for by `sluice explain`.
    ///   - thread: writes spans.
    init(
        registry: PrometheusRegistry, logger: Logger, lines: Int, spans: Int = 1, recent: RecentNotices,
        diary: EventDiary = EventDiary(bytes: 0), thread: LineThread = LineThread()
    ) {
        self.diary = diary
        metrics = GatewayMetrics(
            registry: registry, closeReasons: StreamEnd.allCases.map(\.rawValue),
            gapReasons: GapReason.allCases.map(\.rawValue),
            refusalReasons: [
                "connections-limit", "held-full", "plain-http", "proxy-protocol", "proxy-header-missing",
                "proxy-header-invalid", "address-connections-limit", "address-handshakes-limit", "publish-rate",
                "sign-in-rate", "streams-opened-limit",
            ])
        log = LogMetrics(registry: registry)
        accounts = LimitMetrics(registry: registry)
        clock = registry.gauge("sluice_clock_timestamp_seconds")
        diaryBytes = registry.gauge("sluice_explain_bytes")
        traffic = (
            registry.counter("sluice_sent_bytes_total"), registry.counter("sluice_received_bytes_total")
        )
        presence = PresenceMetrics(registry: registry)
        self.logger = logger
        let leftOut = metrics.linesLeftOut
        let quotas = ["Refused.", "Stream opened.", "Stream ended."].map { (message: Logger.Message) in
            QuotaLog(message, to: logger, lines: lines) { leftOut.increment() }
        }
        let spanQuota = QuotaLog("Span.", to: logger, lines: spans) { leftOut.increment() }
        self.quotas = quotas + [spanQuota]
        self.spans = SpanLog(spanQuota, on: thread) { leftOut.increment() }
        refusals = RefusalLog(quotas[0], recent: recent)
        streams = StreamLog(opened: quotas[1], ended: quotas[2])
    }

    /// Says what no other line has said yet: how many lines were left out, and which limits are no longer reached. Call
    /// it about once a second.
    func tellUntold() {
        for quota in quotas { quota.tellLeftOut() }
        for setting in limits.withLock({ $0.takeOver(at: .now()) }) {
            logger.notice("A limit is no longer reached.", metadata: ["limit": "\(setting)"])
        }
    }

    // MARK: Hub

    func streamOpened() { metrics.streamsOpened.increment() }

    func streamOpened(_ stream: StreamLife) {
        streamOpened()
        streams.opened(stream)
    }

    func streamEnded(_ stream: StreamLife, _ reason: StreamEnd) {
        streamEnded(reason)
        streams.ended(stream, reason)
        diary.ended(stream, reason)
    }

    func streamEnded(_ reason: StreamEnd) {
        metrics.streamsClosed.increment(reason.rawValue)
        if reason == .buffersFull { reached(reason.rawValue) }
    }

    func told(_ events: [LoggedEvent]) { diary.told(events) }

    func streams(over version: StreamVisitor.HTTPVersion, changedBy change: Int) {
        switch version {
        case .http1: metrics.streamsByVersion.http1.increment(by: Double(change))
        case .http2: metrics.streamsByVersion.http2.increment(by: Double(change))
        }
    }

    func readRetried() { log.readRetries.increment() }

    func streamFellBehind() { metrics.streamsFellBehind.increment() }

    func streamsBehind(changedBy change: Int) { metrics.streamsBehind.increment(by: Double(change)) }

    func streamsDelayed(changedBy change: Int) { metrics.streamsDelayed.increment(by: Double(change)) }

    func gapTold(_ reason: GapReason) { metrics.gaps.increment(reason.rawValue) }

    func publishFailed(_ code: EventLogError.Code) { log.failures.increment(code.name) }

    func published(_ audience: Audience) {
        switch audience {
        case .user, .users: metrics.events.user.increment()
        case .topic: metrics.events.topic.increment()
        case .everyone: metrics.events.everyone.increment()
        }
    }

    func presenceTold(_ count: Int) { presence.told.increment(by: Int64(count)) }

    func delivered(_ count: Int) { metrics.deliveries.increment(by: Int64(count)) }

    // MARK: HTTP

    func refused(_ reason: String) { refused(Refusal(reason)) }

    func refused(_ refusal: Refusal) {
        metrics.refusals.increment(refusal.code)
        refusals.write(refusal)
        reached(refusal.code)
    }

    /// Tells of a limit of the whole gateway, once.
    private func reached(_ code: String) {
        // First without the lock: of a flood of refusals, few are of these.
        guard LimitWatch.settings[code] != nil,
            let setting = limits.withLock({ $0.reached(code, at: .now()) })
        else { return }
        logger.notice("A limit is reached.", metadata: ["limit": "\(setting)", "code": "\(code)"])
    }

    // MARK: Listeners

    func pausedAccepting(_ listener: String) { metrics.acceptPauses.increment(listener) }

    // MARK: TLS

    func handshook(resumed: Bool) {
        metrics.tlsHandshakes.increment("completed")
        if resumed { metrics.tlsResumptions.increment() }
    }

    func certificateEnds(_ name: String, at notAfter: Int64) {
        metrics.certificateEnd(name).set(notAfter)
    }

    func certificateGone(_ name: String) { metrics.forgetCertificate(name) }

    func handshakeFailed(_ error: any Error) {
        metrics.tlsHandshakes.increment(Self.results[(error as? TLSError)?.responsible ?? .network] ?? "ourselves")
    }

    /// The values of the label. The texts for people have articles.
    private static let results: [TLSError.Responsible: String] = [
        .peer: "peer", .configuration: "configuration", .network: "network", .ourselves: "ourselves",
    ]

    // MARK: What is read at a scrape

    func sample(
        hub: EventHub, connections: (users: Int, strangers: Int, turnedAway: Int), held: ByteAccount
    ) {
        metrics.streams.set(Int64(hub.streamCount))
        presence.sample(hub.attendanceTally)
        let extent = hub.logExtent
        metrics.logEvents.set(Int64(clamping: extent.head - extent.floor))
        metrics.logBytes.set(Int64(extent.byteCount))
        log.sample(extent, oldestAt: hub.oldestEventAt)
        log.sample(hub.publishKeys, revocations: hub.revocations.tally, sessions: hub.sessions.tally)
        metrics.connections.user.set(Int64(connections.users))
        metrics.connections.stranger.set(Int64(connections.strangers))
        metrics.connections.turnedAway.set(Int64(connections.turnedAway))
        metrics.heldBytes.strangers.set(Int64(held.heldBytes(by: .stranger)))
        metrics.heldBytes.known.set(Int64(held.heldBytes(by: .known)))
    }

    /// Shows what the listener and the settings in force say.
    func sample(_ configuration: GatewayConfiguration, _ hub: EventHub, _ listener: PublicListener) {
        accounts.sample(configuration, listener.tracker.limits, bufferedBytes: hub.bufferedBytes)
        diaryBytes.set(Int64(diary.byteCount))
        clock.set(Double(WallTime.systemClock().milliseconds) / 1000)
        let loops = listener.loops.traffic
        traffic.sent.show(loops.reduce(0) { $0 + $1.sentBytes })
        traffic.received.show(loops.reduce(0) { $0 + $1.receivedBytes })
    }
}
