internal import GatewayClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL

/// One event loop's share of the streams: their values, their channels, and their counts.
///
/// Lives on its event loop. It decides what a stream does. `FleetRun` decides when the fleet does what.
final class FleetShard {
    /// Which latencies are being measured.
    enum Phase {
        /// Those of ordinary and steady streams.
        case load
        /// None: events wait for streams that are away.
        case away
        /// Those of steady streams, beside the reconnecting ones.
        case storm
    }

    /// How many connections in a row may fail before a stream counts as refused.
    private static let attempts = 10

    let loop: any EventLoop
    var phase = Phase.load
    private(set) var streams: [FleetStream]
    private(set) var tallies = StreamKind.allCases.map { _ in StreamTally() }
    private(set) var latencies = FleetLatencies()

    /// Streams that are open.
    private(set) var openCount = 0
    /// Streams that are being connected, or wait for their turn.
    private(set) var connectingCount = 0
    /// Ordinary streams that have a connection, or one that is being closed.
    private(set) var ordinaryConnections = 0

    private let connector: FleetConnector
    private let transport: FleetPlan.Transport
    private let requests: FleetStreamRequests
    private let scratch = OpenSSLScratch()
    private var channels: [(any Channel)?]
    private var readsStalled = false
    private var openings: FleetOpenings?

    init(
        loop: any EventLoop, connector: FleetConnector, transport: FleetPlan.Transport = .http1,
        requests: FleetStreamRequests, streams: [FleetStream]
    ) {
        self.loop = loop
        self.connector = connector
        self.transport = transport
        self.requests = requests
        self.streams = streams
        connectingCount = streams.count { $0.state == .connecting }
        channels = Array(repeating: nil, count: streams.count)
    }

    var url: GatewayURL { connector.url }

    // MARK: Accounts

    var count: FleetCount { FleetCount(self) }

    /// What the streams of a kind lack, and how many of them lack nothing. A stream that was never open is owed
    /// nothing.
    func missing(_ kind: StreamKind, of ledger: PublishLedger) -> (missing: MissingEvents, complete: Int) {
        var (missing, complete) = (MissingEvents(), 0)
        for stream in streams where stream.kind == kind && stream.wasOpen {
            let lack = stream.record.missing(of: ledger)
            missing.add(lack)
            if lack.count == 0 { complete += 1 }
        }
        return (missing, complete)
    }

    // MARK: What the fleet wants

    /// Connects every stream that is away.
    ///
    /// - Parameter rate: streams a second; `nil` for all at once.
    func open(rate: Double?) {
        let away = streams.indices.filter { streams[$0].state == .away }
        for index in away { move(index, to: .connecting) }
        let connections = connections(of: away)
        guard let rate else { return connections.forEach(connect) }
        let connectionRate = rate / Double(transport.streamsPerConnection)
        openings = FleetOpenings(
            connections: connections, schedule: OpenLoopSchedule(start: .now(), rate: connectionRate))
        openDue()
    }

    /// Groups streams by the connection that they share. A stream that does not read has a connection of its own,
    /// because it would stop its neighbours.
    func connections(of streams: [Int]) -> [[Int]] {
        StreamKind.allCases.flatMap { kind in
            let members = streams.filter { self.streams[$0].kind == kind }
            let size = kind == .stalled ? 1 : transport.streamsPerConnection
            return stride(from: 0, to: members.count, by: size)
                .map { Array(members[$0..<min($0 + size, members.count)]) }
        }
    }

    /// Disconnects the ordinary streams.
    func disconnect() {
        let leaving = streams.indices.filter { streams[$0].kind == .ordinary && streams[$0].state == .open }
        // All are marked first, because a connection that ends reports every stream on it.
        for index in leaving { move(index, to: .away) }
        for index in leaving { channels[index]?.close(promise: nil) }
    }

    /// Lets the stalled streams read.
    func readStalled() {
        readsStalled = true
        for index in streams.indices where streams[index].kind == .stalled {
            channels[index]?.setOption(.autoRead, value: true).whenFailure { _ in }
        }
    }

    func close() {
        for index in streams.indices { move(index, to: .refused) }
        for channel in channels { channel?.close(mode: .all, promise: nil) }
    }

    private func openDue() {
        let now = NIODeadline.now()
        openings?.due(at: now).forEach(connect)
        guard let next = openings?.next(after: now) else { return openings = nil }
        loop.assumeIsolated().scheduleTask(deadline: next) { self.openDue() }
    }

    private func connect(_ members: [Int]) {
        let heads = members.map { index in
            let stream = streams[index]
            return requests.head(at: url, user: stream.user, lastEventID: String(buffer: stream.lastEventID))
        }
        let readsLittle = members.contains { streams[$0].kind == .stalled }
        let (shard, scratch) = (NIOLoopBound(self, eventLoop: loop), NIOLoopBound(scratch, eventLoop: loop))
        connector.connect(on: loop, readsLittle: readsLittle, scratch: scratch) { channel in
            try shard.value.addHandler(to: channel, members, heads)
        }
        .assumeIsolated().whenFailure { error in
            let reason = GatewayClientError(connectionError: error, to: self.url)
            for index in members { self.ended(index, lastEventID: ByteBuffer(), reason: reason) }
        }
    }

    private func addHandler(to channel: any Channel, _ members: [Int], _ heads: [HTTPRequestHead]) throws {
        let pipeline = channel.pipeline.syncOperations
        let requests = zip(members, heads)
        switch transport {
        case .http1:
            for (index, head) in requests {
                try pipeline.addHandler(
                    FleetStreamHandler(shard: self, index: index, request: RawRequest.bytes(of: head)))
            }
        case .http2:
            let requests = requests.map { FleetHTTP2Handler.Request(index: $0, fields: HTTP2Request.fields(of: $1)) }
            try pipeline.addHandler(FleetHTTP2Handler(shard: self, requests: requests))
        }
    }

    // MARK: What the handlers tell

    /// A stream's response began.
    ///
    /// - Returns: whether to read it.
    func opened(_ index: Int, channel: any Channel) -> Bool {
        channels[index] = channel
        move(index, to: .open)
        if streams[index].kind == .ordinary { ordinaryConnections += 1 }
        if !streams[index].wasOpen {
            streams[index].wasOpen = true
            tally(index) { $0.opened += 1 }
        }
        return streams[index].kind != .stalled || readsStalled
    }

    /// The gateway answered with a refusal.
    func refused(_ index: Int, _ reason: String) {
        guard streams[index].state != .refused else { return }
        move(index, to: .refused)
        tally(index) { tally in
            tally.refused += 1
            tally.firstRefusal = tally.firstRefusal ?? reason
        }
    }

    /// A stream's connection is gone. When that was not asked for, the stream connects again behind its last event.
    func ended(_ index: Int, lastEventID: ByteBuffer, reason: GatewayClientError?) {
        if channels[index] != nil, streams[index].kind == .ordinary { ordinaryConnections -= 1 }
        channels[index] = nil
        if lastEventID.readableBytes > 0 { streams[index].lastEventID = lastEventID }
        switch streams[index].state {
        case .away, .refused: return
        case .open: tally(index) { $0.broken += 1 }
        case .connecting: break
        }
        streams[index].failures += 1
        // A certificate that is not trusted now will not be trusted the next time.
        let isHopeless = reason?.code == .tls && !streams[index].wasOpen
        guard streams[index].failures < Self.attempts, !isHopeless else {
            return refused(index, reason.map { "\($0)" } ?? "the gateway closed the connection without an answer")
        }
        move(index, to: .connecting)
        let delay = TimeAmount.milliseconds(100 * Int64(streams[index].failures))
        loop.assumeIsolated().scheduleTask(in: delay) { self.reconnect(index) }
    }

    /// Something came on a stream.
    func received(_ item: EventScanner.Item, on index: Int, at now: NIODeadline) {
        switch item {
        case .event(let event):
            let verdict = streams[index].record.received(event)
            streams[index].failures = 0
            tally(index) { tally in
                tally.count(verdict)
                tally.lastDeliveryAt = now
            }
            let now = max(now.uptimeNanoseconds, event.sentAt)
            latencies.record(now - event.sentAt, on: streams[index].kind, in: phase)
        case .gap:
            streams[index].record.gapTold()
            tally(index) { $0.gaps += 1 }
        case .rejected(let reason): rejected(index, RejectionNotice(data: reason))
        case .foreign: tally(index) { $0.unexpected += 1 }
        }
    }

    /// A stream that had events comes back after a rejection that allows it, as a page would. One without events counts
    /// as refused.
    private func rejected(_ index: Int, _ notice: RejectionNotice) {
        let isNew = streams[index].record.isEmpty
        guard isNew || !notice.isRetryable else { return }
        refused(index, notice.sentence)
        guard isNew, streams[index].wasOpen else { return }
        streams[index].wasOpen = false
        tally(index) { $0.opened -= 1 }
    }

    private func reconnect(_ index: Int) {
        guard streams[index].state == .connecting else { return }
        connect([index])
    }

    private func move(_ index: Int, to state: FleetStream.State) {
        let before = streams[index].state
        streams[index].state = state
        openCount += (state == .open ? 1 : 0) - (before == .open ? 1 : 0)
        connectingCount += (state == .connecting ? 1 : 0) - (before == .connecting ? 1 : 0)
    }

    private func tally(_ index: Int, _ change: (inout StreamTally) -> Void) {
        change(&tallies[streams[index].kind.rawValue])
    }
}
