import GatewayClient
import NIOCore
import NIOEmbedded
import NIOOpenSSL
import Testing

@testable import LoadFleet

/// One stream of a fleet from its request to its end, without a network.
@Suite struct FleetStreamHandlerTests {
    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    private let loop = EmbeddedEventLoop()

    private func shard(_ kind: StreamKind = .ordinary) throws -> FleetShard {
        let connector = FleetConnector(
            url: try GatewayURL("https://gateway.example"), context: try TLSContext(client: TLSClientConfiguration()),
            address: try SocketAddress(ipAddress: "127.0.0.1", port: 443))
        var stream = FleetStream(kind: kind, user: 0, record: DeliveryRecord(lane: 0, everyone: 1..<1))
        stream.state = .connecting
        return FleetShard(
            loop: loop, connector: connector, requests: .gateway([try BearerToken("abc")]), streams: [stream])
    }

    private func channel(_ shard: FleetShard) throws -> EmbeddedChannel {
        let handler = FleetStreamHandler(shard: shard, index: 0, request: ByteBuffer(string: "GET"))
        let channel = EmbeddedChannel(handler: handler, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 443)).wait()
        return channel
    }

    private func receive(_ text: String, on channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    /// A chunk with an event in it.
    private func event(_ number: Int, lane: Int = 0) -> String {
        let block = "id: e-\(number)\ndata: {\"l\":\(lane),\"n\":\(number),\"t\":1,\"pad\":\"\"}\n\n"
        return "\(String(block.utf8.count, radix: 16))\r\n\(block)\r\n"
    }

    private func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    @Test func `asks as soon as it is connected, and is open when the answer begins`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "GET"))
        #expect(shard.tallies[0].opened == 0)
        try receive(Self.head, on: channel)
        #expect(shard.tallies[0].opened == 1)
        #expect(shard.streams[0].wasOpen)
        #expect(shard.count.open == 1)
    }

    @Test func `every event is counted for what it is`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        try receive(
            Self.head + event(1) + event(1) + event(3) + event(2) + event(1, lane: 9) + chunk("data: x\n\n")
                + chunk("event: sluice.gap\ndata: {}\n\n"), on: channel)
        let tally = shard.tallies[0]
        #expect(tally.deliveries == 5)
        #expect(tally.doubled == 1)
        #expect(tally.outOfOrder == 1)
        #expect(tally.unexpected == 2)
        #expect(tally.gaps == 1)
        #expect(shard.latencies.ordinary.count == 5)
        #expect(shard.latencies.steadyQuiet.count == 0)
    }

    @Test func `a refusal is told with the gateway's reason, and is final`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        let body = #"{"code":"token-expired","detail":"Get a new one."}"#
        try receive("HTTP/1.1 401 No\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", on: channel)
        #expect(!channel.isActive)
        #expect(shard.tallies[0].refused == 1)
        #expect(shard.tallies[0].firstRefusal?.contains("token-expired") == true)
        #expect(shard.count.connecting == 0)
    }

    @Test func `a rejection in the stream is a refusal, and nothing was owed`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        let rejection = chunk(
            "event: sluice.rejected\ndata: {\"code\":\"streams\",\"detail\":\"full\",\"retryable\":true}\n\n")
        try receive(Self.head + rejection + "0\r\n\r\n", on: channel)
        #expect(!channel.isActive)
        #expect(shard.tallies[0].refused == 1)
        #expect(shard.tallies[0].opened == 0)
        var ledger = PublishLedger(laneCount: 1)
        _ = ledger.next(in: 0)
        #expect(shard.missing(.ordinary, of: ledger).missing == MissingEvents())
    }

    @Test func `a stream that breaks is to reconnect behind its last event`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        try receive(Self.head + event(1) + event(2), on: channel)
        channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        #expect(!channel.isActive)
        #expect(shard.tallies[0].broken == 1)
        #expect(shard.count.connecting == 1)
        #expect(String(buffer: shard.streams[0].lastEventID) == "e-2")
    }

    @Test func `a stream that is told to leave is not broken`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        try receive(Self.head + event(1), on: channel)
        #expect(shard.count.ordinaryConnections == 1)
        shard.disconnect()
        loop.run()
        #expect(!channel.isActive)
        #expect(shard.tallies[0].broken == 0)
        #expect(shard.count.ordinaryConnections == 0)
        #expect(shard.count.connecting == 0)
        #expect(String(buffer: shard.streams[0].lastEventID) == "e-1")
    }

    @Test func `a stalled stream stops reading behind the head, until it may`() throws {
        let shard = try shard(.stalled)
        let channel = try channel(shard)
        try receive(Self.head, on: channel)
        #expect(channel.reads == [false])
        shard.readStalled()
        #expect(channel.reads == [true])
        try receive(event(1), on: channel)
        #expect(shard.tallies[StreamKind.stalled.rawValue].deliveries == 1)
        #expect(shard.latencies.ordinary.count == 0)
    }

    @Test func `steady streams have latencies of their own, quiet and in the storm`() throws {
        let shard = try shard(.steady)
        let channel = try channel(shard)
        try receive(Self.head + event(1) + event(2), on: channel)
        shard.phase = .away
        try receive(event(3), on: channel)
        shard.phase = .storm
        try receive(event(4), on: channel)
        #expect(shard.latencies.steadyQuiet.count == 2)
        #expect(shard.latencies.steadyStorm.count == 1)
        #expect(shard.latencies.ordinary.count == 0)
    }

    @Test func `a stream lacks what was published and did not come`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        var ledger = PublishLedger(laneCount: 1)
        for _ in 0..<3 { _ = ledger.next(in: 0) }
        try receive(Self.head + event(1) + event(2), on: channel)
        #expect(shard.missing(.ordinary, of: ledger).missing.lost == 1)
        #expect(shard.missing(.ordinary, of: ledger).complete == 0)
        #expect(shard.missing(.stalled, of: ledger).missing.lost == 0)
        try receive(event(3), on: channel)
        #expect(shard.missing(.ordinary, of: ledger).complete == 1)
    }

    @Test func `an answer that is not HTTP ends the connection`() throws {
        let shard = try shard()
        let channel = try channel(shard)
        try receive("SSH-2.0-OpenSSH\r\n\r\n", on: channel)
        #expect(!channel.isActive)
        #expect(shard.tallies[0].opened == 0)
        #expect(shard.streams[0].failures == 1)
    }

    @Test func `a certificate that is not trusted is not tried again`() throws {
        let shard = try shard()
        let error = GatewayClientError(code: .tls, message: "the certificate is not trusted")
        shard.ended(0, lastEventID: ByteBuffer(), reason: error)
        #expect(shard.tallies[0].refused == 1)
        #expect(shard.tallies[0].firstRefusal == "the certificate is not trusted")
    }
}

extension EmbeddedChannel {
    /// What it was told about reading on its own, the last word only.
    fileprivate var reads: [Bool] {
        options.compactMap { $0.option is ChannelOptions.Types.AutoReadOption ? $0.value as? Bool : nil }
    }
}
