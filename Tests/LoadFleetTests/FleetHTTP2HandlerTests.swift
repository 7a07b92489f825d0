import GatewayClient
import HTTP2Kit
import NIOCore
import NIOEmbedded
import NIOOpenSSL
import Testing

@testable import LoadFleet

/// Streams of a fleet that share an HTTP/2 connection, against a gateway's session in memory.
@Suite struct FleetHTTP2HandlerTests {
    private let loop = EmbeddedEventLoop()
    private let now = NIODeadline.uptimeNanoseconds(0)
    private let gateway: HTTP2Session
    private let shard: FleetShard
    private let channel: EmbeddedChannel

    private static let okay = [HTTP2Field(":status", "200")]

    /// Two streams that are being connected.
    init() throws {
        let connector = FleetConnector(
            url: try GatewayURL("https://gateway.example"), context: try TLSContext(client: TLSClientConfiguration()),
            address: try SocketAddress(ipAddress: "127.0.0.1", port: 443))
        let streams = (0..<2).map { number in
            var stream = FleetStream(kind: .ordinary, user: 0, record: DeliveryRecord(lane: number, everyone: 2..<2))
            stream.state = .connecting
            return stream
        }
        shard = FleetShard(
            loop: loop, connector: connector, transport: .http2(streamsPerConnection: 2),
            requests: .gateway([try BearerToken("abc")]), streams: streams)
        gateway = try HTTP2Session(limits: HTTP2Limits(), output: HTTP2Output(), now: now)
        let head = GatewayRequest.stream(
            at: connector.url, token: try BearerToken("abc"), topics: [], lastEventID: "e-9")
        let requests = (0..<2).map { FleetHTTP2Handler.Request(index: $0, fields: HTTP2Request.fields(of: head)) }
        channel = EmbeddedChannel(handler: FleetHTTP2Handler(shard: shard, requests: requests), loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 443)).wait()
    }

    /// Has the gateway read what was sent, and gives the requests.
    private func requests() throws -> [(stream: HTTP2Stream, head: HTTP2RequestHead)] {
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { try gateway.receive(bytes, now: now) }
        var requests: [(HTTP2Stream, HTTP2RequestHead)] = []
        while let event = gateway.nextEvent() {
            if case .request(let stream, let head) = event { requests.append((stream, head)) }
        }
        return requests
    }

    /// Has what the gateway says arrive.
    private func deliver() throws {
        var bytes = ByteBuffer()
        _ = try gateway.takeOutput(atMost: 1 << 20, now: now) { bytes.writeImmutableBuffer($0) }
        try channel.writeInbound(bytes)
    }

    /// Both streams, open.
    private func open() throws -> [HTTP2Stream] {
        let streams = try requests().map(\.stream)
        for stream in streams { gateway.respond(Self.okay, body: nil, endsStream: false, on: stream) }
        try deliver()
        return streams
    }

    private func event(_ number: Int, lane: Int) -> ByteBuffer {
        ByteBuffer(string: "id: e-\(number)\ndata: {\"l\":\(lane),\"n\":\(number),\"t\":1,\"pad\":\"\"}\n\n")
    }

    /// The place in the shard of each of the gateway's streams: they are asked for in any order.
    private func lane(of stream: HTTP2Stream, among streams: [HTTP2Stream]) throws -> Int {
        gateway.append(ByteBuffer(string: "id: probe-\(stream.id)\ndata: x\n\n"), to: stream)
        try deliver()
        channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        return try #require(shard.streams.firstIndex { String(buffer: $0.lastEventID) == "probe-\(stream.id)" })
    }

    @Test func `asks for all streams as soon as it is connected`() throws {
        let heads = try requests().map(\.head)
        #expect(heads.count == 2)
        for head in heads {
            #expect(head.endsStream)
            #expect(
                head.fields.prefix(4) == [
                    HTTP2Field(":method", "GET"), HTTP2Field(":scheme", "https"),
                    HTTP2Field(":authority", "gateway.example"), HTTP2Field(":path", "/v1/stream"),
                ])
            #expect(head.fields.contains(HTTP2Field("authorization", "Bearer abc")))
            #expect(head.fields.contains(HTTP2Field("last-event-id", "e-9")))
            let host = head.fields.filter { $0.name == "host" }
            #expect(host.isEmpty)
        }
        #expect(shard.count.open == 0)
    }

    @Test func `streams are open when their answers begin`() throws {
        _ = try open()
        #expect(shard.tallies[0].opened == 2)
        #expect(shard.count.open == 2)
        #expect(shard.count.ordinaryConnections == 2)
    }

    @Test func `events are counted for the stream that they came on`() throws {
        let streams = try open()
        for stream in streams {
            gateway.append(event(1, lane: 0), to: stream)
            gateway.append(event(2, lane: 0), to: stream)
        }
        try deliver()
        #expect(shard.tallies[0].deliveries == 4)
        #expect(shard.tallies[0].unexpected == 2, "one of both has lane 0")
    }

    @Test func `each stream goes on behind its own last event`() throws {
        let streams = try open()
        let index = try lane(of: streams[1], among: streams)
        #expect(String(buffer: shard.streams[1 - index].lastEventID) == "")
        #expect(!channel.isActive)
        #expect(shard.tallies[0].broken == 2)
        #expect(shard.count.connecting == 2)
    }

    @Test func `a refusal ends its stream alone, and is told with the gateway's reason`() throws {
        let streams = try requests().map(\.stream)
        gateway.respond(Self.okay, body: nil, endsStream: false, on: streams[0])
        let problem = ByteBuffer(string: #"{"code":"token-expired","detail":"Get a new one."}"#)
        gateway.respond([HTTP2Field(":status", "401")], body: problem, endsStream: true, on: streams[1])
        try deliver()
        #expect(channel.isActive)
        #expect(shard.count.open == 1)
        #expect(shard.tallies[0].refused == 1)
        #expect(shard.tallies[0].firstRefusal == "the gateway refused (401 token-expired): Get a new one.")
    }

    @Test func `when all streams have ended, so has the connection`() throws {
        let streams = try open()
        gateway.finish(streams[0])
        try deliver()
        #expect(channel.isActive)
        gateway.finish(streams[1])
        try deliver()
        #expect(!channel.isActive)
        #expect(shard.count.connecting == 2, "both come back")
    }

    @Test func `streams that are told to leave are not broken`() throws {
        _ = try open()
        shard.disconnect()
        loop.run()
        #expect(!channel.isActive)
        #expect(shard.tallies[0].broken == 0)
        #expect(shard.count.ordinaryConnections == 0)
        #expect(shard.count.connecting == 0)
    }

    @Test func `an answer that is not HTTP 2 ends the connection`() throws {
        try channel.writeInbound(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
        #expect(!channel.isActive)
        #expect(shard.tallies[0].opened == 0)
        #expect(shard.streams.map(\.failures) == [1, 1])
    }

    @Test func `streams share connections by their kind, and one that does not read has its own`() throws {
        let kinds: [StreamKind] = [.ordinary, .stalled, .ordinary, .ordinary, .stalled]
        let streams = kinds.map { FleetStream(kind: $0, user: 0, record: DeliveryRecord(lane: 0, everyone: 1..<1)) }
        let connector = FleetConnector(
            url: shard.url, context: try TLSContext(client: TLSClientConfiguration()),
            address: try SocketAddress(ipAddress: "127.0.0.1", port: 443))
        let shard = FleetShard(
            loop: loop, connector: connector, transport: .http2(streamsPerConnection: 2), requests: .gateway([]),
            streams: streams)
        #expect(shard.connections(of: [0, 1, 2, 3, 4]) == [[0, 2], [3], [1], [4]])
    }
}
