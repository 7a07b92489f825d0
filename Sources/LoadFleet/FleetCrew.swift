internal import GatewayClient
internal import NIOCore

/// The shards and publishers of a fleet, for callers outside of their event loops. `FleetRun` decides what they do, and
/// when.
struct FleetCrew: Sendable {
    private let shards: [FleetMember<FleetShard>]
    private let publishers: [FleetMember<FleetPublisher>]
    private let steadyPublisher: FleetMember<FleetPublisher>?
    private let laneCount: Int

    /// How many event loops a plan's fleet has. The steady streams have one of their own, so that their latencies do
    /// not include what the others cost this program.
    static func loopCount(of plan: FleetPlan) -> Int { plan.eventLoops + (plan.steady > 0 ? 1 : 0) }

    init(
        _ plan: FleetPlan, server: FleetServer, connectors: (streams: FleetConnector, publishers: FleetConnector),
        loops: [any EventLoop]
    ) {
        let lanes = FleetLanes(plan)
        laneCount = lanes.count
        let (streams, steady) = (
            lanes.streams.filter { $0.kind != .steady }, lanes.streams.filter { $0.kind == .steady }
        )
        let common = loops.prefix(plan.eventLoops)
        shards = loops.enumerated().map { number, loop in
            let share = stride(from: number, to: streams.count, by: common.count).map { streams[$0] }
            return FleetMember(
                FleetShard(
                    loop: loop, connector: connectors.streams, transport: plan.transport,
                    requests: server.streamRequests, streams: number < common.count ? share : steady), on: loop)
        }
        let configuration = FleetPublisher.Configuration(
            connector: connectors.publishers,
            requests: server.publishRequests(to: connectors.publishers.url, lanes), laneCount: lanes.count,
            payload: plan.payload)
        func publisher(_ loop: any EventLoop) -> FleetMember<FleetPublisher> {
            FleetMember(FleetPublisher(loop: loop, configuration: configuration), on: loop)
        }
        publishers = (0..<plan.publishers).map { publisher(loops[$0 % common.count]) }
        steadyPublisher = plan.steady > 0 ? loops.last.map(publisher) : nil
    }

    /// Does something with every shard.
    func streams(_ body: @escaping @Sendable (FleetShard) -> Void) async throws {
        for shard in shards { try await shard(body) }
    }

    /// Gives each publisher one job, from the first on, and waits for all of them.
    func publish(_ jobs: [PublishJob]) async throws {
        try await withThrowingTaskGroup { group in
            for (publisher, job) in zip(publishers, jobs) where !job.lanes.isEmpty {
                group.addTask { try await publisher.finish { $0.run(job) } }
            }
            try await group.waitForAll()
        }
    }

    /// Does a job on the steady streams' own publisher, until it is stopped.
    func publishSteadily(_ job: PublishJob) async throws {
        try await steadyPublisher?.finish { $0.run(job) }
    }

    func stopSteadyPublisher() async throws {
        try await steadyPublisher? { $0.stop() }
    }

    /// Closes every connection, as far as it goes.
    func close() async {
        for shard in shards { try? await shard { $0.close() } }
        for publisher in publishers { try? await publisher { $0.close() } }
        try? await steadyPublisher? { $0.close() }
    }

    // MARK: Accounts

    /// What was published so far, the steady streams' events included.
    func ledger() async throws -> PublishLedger {
        var ledger = PublishLedger(laneCount: laneCount)
        for publisher in publishers { ledger.merge(try await publisher(\.ledger)) }
        if let steadyPublisher { ledger.merge(try await steadyPublisher(\.ledger)) }
        return ledger
    }

    /// What came of publishing so far.
    func tally() async throws -> PublishTally {
        var tally = PublishTally()
        for publisher in publishers { tally.merge(try await publisher(\.tally)) }
        return tally
    }

    /// What came of publishing to the steady streams so far.
    func steadyTally() async throws -> PublishTally {
        try await steadyPublisher?(\.tally) ?? PublishTally()
    }

    /// What the shards have counted so far.
    func count() async throws -> FleetCount {
        var count = FleetCount()
        for shard in shards { count.merge(try await shard(\.count)) }
        return count
    }

    /// What the streams of a kind lack of what was published.
    func missing(_ kind: StreamKind, of ledger: PublishLedger) async throws -> (missing: MissingEvents, complete: Int) {
        var (missing, complete) = (MissingEvents(), 0)
        for shard in shards {
            let part = try await shard { $0.missing(kind, of: ledger) }
            missing.add(part.missing)
            complete += part.complete
        }
        return (missing, complete)
    }
}

extension FleetServer {
    fileprivate var streamRequests: FleetStreamRequests {
        switch self {
        case .gateway(let tokens): .gateway(tokens.users)
        case .peer(let peer): .peer(peer.streamPath)
        }
    }

    fileprivate func publishRequests(to url: GatewayURL, _ lanes: FleetLanes) -> PublishRequests {
        switch self {
        case .gateway(let tokens):
            .gateway(PublishHeads(url: url, token: tokens.publisher), audiences: lanes.audiences)
        case .peer(let peer): .peer(PeerPublishHeads(peer))
        }
    }
}
