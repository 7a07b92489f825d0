/// What came of a fleet's run.
package struct FleetResult: Sendable {
    /// The result of the streams of one kind.
    package struct Streams: Sendable {
        /// What happened on them.
        package internal(set) var tally = StreamTally()
        /// What was published to them and did not arrive.
        package internal(set) var missing = MissingEvents()
        /// Streams that got everything.
        package internal(set) var complete = 0
    }

    /// The result of publishing at a rate or in a closed loop, until all events had arrived at the streams that read.
    package struct Load: Sendable {
        /// The publishers, without the steady streams' own.
        package let publishing: PublishTally
        /// Requests that the steady streams' publisher has sent meanwhile.
        package let steadyRequests: Int
        /// From the first request to the last answer.
        package let publishingTime: Duration
        /// Events that came on streams that read.
        package let deliveries: Int
        /// From the first request to the last event.
        package let deliveryTime: Duration
    }

    /// The result of disconnecting the ordinary streams and letting all of them come back at once.
    package struct Reconnect: Sendable {
        /// Streams that came back.
        package let streams: Int
        /// Events that were published while they were away.
        package let published: Int
        /// From the first connection attempt to the last missed event's arrival.
        package let time: Duration
    }

    /// The load.
    package let load: Load
    /// The reconnecting, when the plan has it.
    package let reconnect: Reconnect?
    /// How long deliveries took.
    package let latencies: FleetLatencies
    /// The ordinary streams.
    package let ordinary: Streams
    /// The streams that did not read.
    package let stalled: Streams
    /// The streams that stayed.
    package let steady: Streams

    /// Streams of all kinds that the gateway refused, or that could not be connected.
    package var refusedStreams: Int { [ordinary, stalled, steady].reduce(0) { $0 + $1.tally.refused } }

    /// Whether every promise was kept: no event was lost untold, doubled, out of order, or at the wrong stream.
    package var isFlawless: Bool {
        [ordinary, stalled, steady].allSatisfy { streams in
            streams.missing.lost + streams.tally.doubled + streams.tally.outOfOrder + streams.tally.unexpected == 0
        }
    }
}

/// What shards have counted.
struct FleetCount: Sendable {
    private(set) var tallies = StreamKind.allCases.map { _ in StreamTally() }
    private(set) var latencies = FleetLatencies()
    /// Streams that are open.
    private(set) var open = 0
    /// Streams that are being connected, or wait for their turn.
    private(set) var connecting = 0
    /// Ordinary streams with a connection, also one that is being closed.
    private(set) var ordinaryConnections = 0

    init() {}

    init(_ shard: FleetShard) {
        tallies = shard.tallies
        latencies = shard.latencies
        open = shard.openCount
        connecting = shard.connectingCount
        ordinaryConnections = shard.ordinaryConnections
    }

    subscript(kind: StreamKind) -> StreamTally { tallies[kind.rawValue] }

    /// Events that arrived, on all streams.
    var deliveries: Int { tallies.reduce(0) { $0 + $1.deliveries } }

    mutating func merge(_ other: FleetCount) {
        for index in tallies.indices { tallies[index].merge(other.tallies[index]) }
        latencies.merge(other.latencies)
        open += other.open
        connecting += other.connecting
        ordinaryConnections += other.ordinaryConnections
    }
}
