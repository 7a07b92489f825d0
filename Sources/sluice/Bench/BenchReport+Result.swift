import LoadFleet

/// From what a fleet and the watches found to the figures of the report.
extension BenchReport {
    /// - Parameters:
    ///   - plan: what was to be done.
    ///   - result: what came of it.
    ///   - server: what the server used, when it could be watched.
    ///   - clientCPUMicroseconds: the CPU time of this program during the load.
    init(
        _ plan: FleetPlan, _ result: FleetResult, server: ServerWatch.Usage? = nil,
        clientCPUMicroseconds: Double? = nil
    ) {
        self.init(plan, load: result.load, kinds: [result.ordinary, result.stalled, result.steady])
        if plan.transport != .http1 { httpVersion = "2" }
        streamsPerConnection = plan.transport.streamsPerConnection
        take(result.latencies)
        lost = result.ordinary.missing.lost
        missedWithGap = result.ordinary.missing.told
        flawless = result.isFlawless
        if plan.stalled > 0 { take(stalled: result.stalled) }
        if plan.steady > 0 { take(steady: result.steady, result.latencies) }
        if let reconnect = result.reconnect { take(reconnect) }
        if let server { take(server, requests: result.load.publishing.requests + result.load.steadyRequests) }
        clientCpuUsPerDelivery = clientCPUMicroseconds.flatMap { Self.ratio($0, deliveries) }
    }

    private init(_ plan: FleetPlan, load: FleetResult.Load, kinds: [FleetResult.Streams]) {
        let publishing = load.publishing
        let (publishTime, deliveryTime) = (load.publishingTime / .seconds(1), load.deliveryTime / .seconds(1))
        func sum(_ figure: KeyPath<StreamTally, Int>) -> Int { kinds.reduce(0) { $0 + $1.tally[keyPath: figure] } }
        self.init(
            streams: plan.streams, users: plan.users, to: plan.audience.rawValue, ratePerSecond: plan.ratePerSecond,
            publishers: plan.publishers, batch: plan.batch, payloadBytes: plan.payload,
            deliveries: load.deliveries, deliveriesPerSecond: Self.rate(load.deliveries, deliveryTime),
            publishes: publishing.requests, publishesPerSecond: Self.rate(publishing.requests, publishTime),
            eventsPublished: publishing.events, eventsPerSecond: Self.rate(publishing.events, publishTime),
            eventsFailed: publishing.failedEvents, publishSeconds: publishTime, deliverySeconds: deliveryTime,
            lost: 0, missedWithGap: 0, doubled: sum(\.doubled), outOfOrder: sum(\.outOfOrder),
            unexpected: sum(\.unexpected), gaps: sum(\.gaps), openedStreams: sum(\.opened),
            refusedStreams: sum(\.refused), brokenStreams: sum(\.broken),
            brokenPublisherConnections: publishing.brokenConnections,
            firstRefusal: kinds.lazy.compactMap(\.tally.firstRefusal).first,
            firstPublishFailure: publishing.firstFailure, flawless: false)
        let answers = Latency(publishing.latency)
        publishLatencyP50Us = answers?.p50Us
        publishLatencyP99Us = answers?.p99Us
    }

    private mutating func take(_ latencies: FleetLatencies) {
        guard let latency = Latency(latencies.ordinary) else { return }
        latencyP50Us = latency.p50Us
        latencyP90Us = latency.p90Us
        latencyP99Us = latency.p99Us
        latencyP999Us = latency.p999Us
        latencyMaxUs = latency.maxUs
        latencyHistogram = LatencyDistribution(latencies.ordinary)
    }

    private mutating func take(stalled: FleetResult.Streams) {
        stalledStreams = stalled.tally.opened
        stalledComplete = stalled.complete
        stalledGaps = stalled.tally.gaps
        stalledMissedWithGap = stalled.missing.told
        stalledLost = stalled.missing.lost
        stalledBroken = stalled.tally.broken
    }

    private mutating func take(steady: FleetResult.Streams, _ latencies: FleetLatencies) {
        steadyStreams = steady.tally.opened
        steadyLost = steady.missing.lost
        let (quiet, storm) = (Latency(latencies.steadyQuiet), Latency(latencies.steadyStorm))
        steadyQuietP50Us = quiet?.p50Us
        steadyQuietP99Us = quiet?.p99Us
        steadyReconnectP50Us = storm?.p50Us
        steadyReconnectP99Us = storm?.p99Us
    }

    private mutating func take(_ reconnect: FleetResult.Reconnect) {
        resumeStreams = reconnect.streams
        resumeEvents = reconnect.published
        resumeSeconds = reconnect.time / .seconds(1)
    }

    private mutating func take(_ server: ServerWatch.Usage, requests: Int) {
        serverResidentBeforeKib = server.before.residentKiB
        serverResidentOpenKib = server.open?.residentKiB
        serverResidentAfterKib = server.after.residentKiB
        serverResidentPeakKib = server.peakResidentKiB
        guard let cpu = server.loadCPUMicroseconds else { return }
        serverCpuSeconds = Double(cpu) / 1e6
        serverCpuUsPerDelivery = Self.ratio(Double(cpu), deliveries)
        serverCpuUsPerPublish = Self.ratio(Double(cpu), requests)
    }

    private static func rate(_ count: Int, _ seconds: Double) -> Double {
        seconds > 0 ? Double(count) / seconds : 0
    }

    private static func ratio(_ amount: Double, _ count: Int) -> Double? {
        count > 0 ? amount / Double(count) : nil
    }
}

extension FleetPlan {
    /// The rate, when there is one.
    fileprivate var ratePerSecond: Double? {
        if case .rated(let rate) = pace { rate } else { nil }
    }
}
