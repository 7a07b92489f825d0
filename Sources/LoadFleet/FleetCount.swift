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

    /// Events that came, on all streams.
    var deliveries: Int { tallies.reduce(0) { $0 + $1.deliveries } }

    mutating func merge(_ other: FleetCount) {
        for index in tallies.indices { tallies[index].merge(other.tallies[index]) }
        latencies.merge(other.latencies)
        open += other.open
        connecting += other.connecting
        ordinaryConnections += other.ordinaryConnections
    }
}
