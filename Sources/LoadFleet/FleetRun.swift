internal import GatewayClient
internal import NIOCore

/// One run of a fleet from its first phase to its last. It only says who does what, and when. The crew does it.
struct FleetRun: Sendable {
    /// The time between two looks whether a phase is over.
    private static let tick: Duration = .milliseconds(50)
    /// How many of these looks there are between two reports of progress.
    private static let reportEvery = 5
    /// When nothing has arrived for this long, what is missing is lost.
    private static let patience: TimeAmount = .seconds(10)
    /// The same when gaps were told, because no more is promised then.
    private static let patienceWithGaps: TimeAmount = .seconds(2)

    private let plan: FleetPlan
    private let jobs: FleetJobs
    private let lanes: FleetLanes
    private let crew: FleetCrew
    private let observe: @Sendable (FleetProgress) -> Void
    private let start = NIODeadline.now()

    init(_ plan: FleetPlan, crew: FleetCrew, observe: @escaping @Sendable (FleetProgress) -> Void) {
        self.plan = plan
        self.crew = crew
        self.observe = observe
        jobs = FleetJobs(plan)
        lanes = FleetLanes(plan)
    }

    func run() async throws -> FleetResult {
        try await open()
        let steady = plan.steady > 0 ? Task { try await crew.publishSteadily(jobs.steady(start: .now())) } : nil
        let load = try await loadAndSettle()
        try await catchUp()
        let reconnect = plan.resume > 0 ? try await leaveAndReturn() : nil
        if let steady {
            try await crew.stopSteadyPublisher()
            try await steady.value
            try await waitForEvents([.steady], in: .finished)
        }
        return try await result(load, reconnect)
    }

    // MARK: Phases

    private func open() async throws {
        let rate = plan.connectRate / Double(plan.eventLoops)
        try await crew.streams { $0.open(rate: rate) }
        try await wait(in: .opening) { count in
            let ordinary = count[.ordinary]
            if ordinary.opened == 0, let reason = ordinary.firstRefusal {
                throw GatewayClientError(code: .refused, message: reason)
            }
            return count.connecting == 0
        }
    }

    private func loadAndSettle() async throws -> FleetResult.Load {
        let jobs = jobs.load(start: .now() + .milliseconds(100))
        try await report(.publishing)
        try await during(.publishing) { try await crew.publish(jobs) }
        try await waitForEvents([.ordinary], in: .draining)
        let (count, tally) = (try await crew.count(), try await crew.tally())
        let steadyRequests = try await crew.steadyTally().requests
        try await report(.settled)
        let last = max(count[.ordinary].lastDeliveryAt, count[.steady].lastDeliveryAt)
        return FleetResult.Load(
            publishing: tally, steadyRequests: steadyRequests,
            publishingTime: Self.time(from: tally.firstAt, to: tally.lastAt),
            deliveries: count[.ordinary].deliveries + count[.steady].deliveries,
            deliveryTime: Self.time(from: tally.firstAt, to: last))
    }

    /// When nothing was sent, or nothing arrived, no time has passed.
    private static func time(from start: NIODeadline, to end: NIODeadline) -> Duration {
        Duration(max(.zero, end - start))
    }

    private func catchUp() async throws {
        guard plan.stalled > 0 else { return }
        try await crew.streams { $0.readStalled() }
        try await waitForEvents([.stalled], in: .catchingUp)
    }

    private func leaveAndReturn() async throws -> FleetResult.Reconnect {
        try await crew.streams { $0.phase = .away }
        try await giveEveryStreamAnID()
        try await crew.streams { $0.disconnect() }
        try await wait(in: .leaving) { $0.ordinaryConnections == 0 }
        let before = try await crew.tally().events
        try await during(.away) {
            try await crew.publish(jobs.fill(ordinaryLanes, eventsPerLane: plan.resume))
        }
        let published = try await crew.tally().events - before
        let start = NIODeadline.now()
        try await crew.streams { shard in
            shard.phase = .storm
            shard.open(rate: nil)
        }
        try await wait(in: .reconnecting) { $0.connecting == 0 }
        try await waitForEvents([.ordinary], in: .reconnecting)
        try await crew.streams { $0.phase = .away }
        let ordinary = try await crew.count()[.ordinary]
        return FleetResult.Reconnect(
            streams: ordinary.opened - ordinary.refused, published: published,
            time: Self.time(from: start, to: ordinary.lastDeliveryAt))
    }

    /// A stream that has had no event has no id to continue behind.
    private func giveEveryStreamAnID() async throws {
        let ledger = try await crew.ledger()
        let silent = ordinaryLanes.filter { ledger.lanes[$0].promised == 0 }
        try await during(.leaving) { try await crew.publish(jobs.fill(silent, eventsPerLane: 1)) }
        try await waitForEvents([.ordinary], in: .leaving)
    }

    private var ordinaryLanes: [Int] { (0..<plan.publishers).flatMap { lanes.lanes(of: $0) } }

    // MARK: Waiting

    /// Waits until the streams have all that was published, or nothing has arrived for too long.
    private func waitForEvents(_ kinds: [StreamKind], in phase: FleetProgress.Phase) async throws {
        let ledger = try await crew.ledger()
        var (deliveries, changed) = (-1, NIODeadline.now())
        try await wait(in: phase) { count in
            var missing = MissingEvents()
            for kind in kinds { missing.add(try await crew.missing(kind, of: ledger).missing) }
            let now = NIODeadline.now()
            // Counts only the streams that are waited for, because others may get events for as long as the run lasts.
            let come = kinds.reduce(0) { $0 + count[$1].deliveries }
            if come != deliveries { (deliveries, changed) = (come, now) }
            let patience = missing.lost > 0 ? Self.patience : Self.patienceWithGaps
            return missing.count == 0 || now - changed > patience
        }
    }

    private func wait(in phase: FleetProgress.Phase, until isOver: (FleetCount) async throws -> Bool) async throws {
        var ticks = 0
        while !(try await isOver(try await crew.count())) {
            if ticks % Self.reportEvery == 0 { try await report(phase) }
            ticks += 1
            try await Task.sleep(for: Self.tick)
        }
    }

    /// Reports progress while something is being done.
    private func during(_ phase: FleetProgress.Phase, _ work: @escaping @Sendable () async throws -> Void) async throws
    {
        try await withThrowingTaskGroup { group in
            group.addTask { try await work() }
            group.addTask {
                while true {
                    try await report(phase)
                    try await Task.sleep(for: Self.tick * Self.reportEvery)
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func report(_ phase: FleetProgress.Phase) async throws {
        let count = try await crew.count()
        observe(
            FleetProgress(
                phase: phase, elapsed: Duration(NIODeadline.now() - start), openStreams: count.open,
                streams: plan.streams + plan.stalled + plan.steady, published: try await crew.tally().events,
                deliveries: count.deliveries, latencyP99: count.latencies.ordinary.percentile(0.99)))
    }

    // MARK: Result

    private func result(_ load: FleetResult.Load, _ reconnect: FleetResult.Reconnect?) async throws -> FleetResult {
        let (count, ledger) = (try await crew.count(), try await crew.ledger())
        func streams(_ kind: StreamKind) async throws -> FleetResult.Streams {
            let (missing, complete) = try await crew.missing(kind, of: ledger)
            return FleetResult.Streams(tally: count[kind], missing: missing, complete: complete)
        }
        let result = FleetResult(
            load: load, reconnect: reconnect, latencies: count.latencies, ordinary: try await streams(.ordinary),
            stalled: try await streams(.stalled), steady: try await streams(.steady))
        try await report(.finished)
        return result
    }
}
