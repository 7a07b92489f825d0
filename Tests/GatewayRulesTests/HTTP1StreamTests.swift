import EventHub
import EventLog
import HTTPTypes
import HTTPWire
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Event streams over HTTP/1.1 and HTTP/1.0, from the request's bytes to the last chunk.
@Suite struct HTTP1StreamTests {
    private static let request = "GET /stream HTTP/1.1\r\nHost: sluice\r\n\r\n"
    private static let prelude = "retry: 3000\n"
    /// The prelude of a client that has had no event yet.
    private static let opening = HubBench.opening()
    /// What a stream of ten seconds is told at half of its time.
    private static let notice = "event: sluice.expiring\ndata: {\"secondsLeft\":5}\n\n"

    /// A stream that is open, its head and prelude taken.
    private static func open(
        _ bench: HubBench, _ judge: ScriptedJudge? = nil, request: String = request
    ) async throws -> Wire {
        let wire = try await Wire(judge ?? bench.judge(), on: bench.loop)
        try await wire.send(request)
        _ = try await wire.received()
        #expect(bench.hub.streamCount == 1)
        return wire
    }

    private static func event(_ number: Int, _ data: String) -> String {
        "id: \(HubBench.epoch)-\(number)\ndata: \(data)\n\n"
    }

    private static func chunks(in text: String) -> [String] {
        var chunks = Chunks(text)
        var found: [String] = []
        while let chunk = chunks.next() { found.append(chunk) }
        return found
    }

    // MARK: Opening

    /// Past the pipeline or through it: a head that went through it comes before what goes past it.
    @Test(arguments: [true, false]) func aStreamsBytesComeInTheirOrder(hasSink: Bool) async throws {
        let bench = try HubBench()
        let wire = try await Wire(bench.judge(), on: bench.loop, hasSink: hasSink)
        try await wire.send(Self.request)
        await bench.publish("one")
        let text = try await wire.received()
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let end = try #require(text.utf8Range(of: "\r\n\r\n")).upperBound
        #expect(Self.chunks(in: String(text[end...])) == [Self.opening, Self.event(1, "one")])
        #expect(wire.flushes > 0)
        try await wire.hangUp()
    }

    /// Its handler comes too late to hear of the end, and the stream would stay until its token's.
    @Test func `a stream is over when the write of its head ends the connection`() async throws {
        let bench = try HubBench()
        let wire = try await Wire(bench.judge(), on: bench.loop)
        wire.endAtNextWrite()
        try await wire.send(Self.request)
        await wire.settle()
        #expect(wire.isClosed)
        #expect(bench.hub.streamCount == 0)
    }

    @Test func `head and prelude are sent at once`() async throws {
        let bench = try HubBench()
        let wire = try await Wire(bench.judge(), on: bench.loop)
        try await wire.send(Self.request)
        #expect(
            try await wire.received()
                == "HTTP/1.1 200 OK\r\ndate: \(Wire.date)\r\ncontent-type: text/event-stream\r\n"
                + "cache-control: no-store\r\nsluice-stream: 0-1\r\n"
                + "transfer-encoding: chunked\r\n\r\n\(String(Self.opening.utf8.count, radix: 16))\r\n\(Self.opening)\r\n"
        )
        #expect(wire.flushes == 1)
        #expect(bench.hub.streamCount == 1)
        #expect(wire.isReading)
    }

    @Test func `only what a stream needs stays on its connection`() async throws {
        let bench = try HubBench()
        let wire = try await Wire(bench.judge(), on: bench.loop)
        #expect(try await wire.handlers() == ["decoder", "requests"])
        try await wire.send(Self.request)
        #expect(try await wire.handlers() == [])
    }

    @Test func `HTTP 1.0 gets the events without chunks, up to the connection's end`() async throws {
        let bench = try HubBench()
        let wire = try await Wire(bench.judge(lifetime: .seconds(10)), on: bench.loop)
        try await wire.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let response = try Response(try await wire.received())
        #expect(response["transfer-encoding"] == nil)
        #expect(response["connection"] != "keep-alive")
        #expect(response.body == Self.opening)
        await bench.publish("hello")
        #expect(try await wire.received() == Self.event(1, "hello"))
        await bench.pass(.seconds(6))
        #expect(try await wire.received() == Self.notice)
        await bench.pass(.seconds(5))
        let end = try await wire.received()
        #expect(end.hasPrefix("event: sluice.rejected\ndata: {\"code\":\"token-expired\""))
        #expect(end.hasSuffix("}\n\n"))
        #expect(wire.isClosed)
    }

    @Test func `a stream can be opened behind other requests, and behind one whose answer comes later`() async throws {
        let bench = try HubBench()
        let late = LateAnswers()
        let streams = bench.judge()
        let judge = ScriptedJudge { request in
            var peer = Peer()
            return request.method == .post ? .collect(late.plan()) : streams.judge(request, from: &peer)
        }
        let wire = try await Wire(judge, on: bench.loop)
        try await wire.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + Self.request)
        #expect(bench.hub.streamCount == 0)
        #expect(!wire.isReading)
        #expect(late.release())
        let first = try Response(try await wire.received())
        #expect(first.body == "hi")
        #expect(first.rest.hasSuffix("\(Self.opening)\r\n"))
        #expect(wire.isReading, "or nobody would hear that the client has left")
        try await wire.hangUp()
        #expect(bench.hub.streamCount == 0)
    }

    @Test func `a stream goes on behind the event that the client names`() async throws {
        let bench = try HubBench()
        for number in 1...3 { await bench.publish("\(number)") }
        let wire = try await Wire(bench.judge(lastEventID: "\(HubBench.epoch)-1"), on: bench.loop)
        try await wire.send(Self.request)
        await bench.publish("4")
        let response = try await wire.received()
        let body = try #require(response.components(separatedBy: "\r\n\r\n").dropFirst().first)
        #expect(body.contains("retry: 3000"))
        let events = (2...4).map { Self.event($0, "\($0)") }
        #expect(events.allSatisfy { response.contains($0) })
        #expect(!response.contains(Self.event(1, "1")))
    }

    // MARK: Events

    @Test func `each event is one chunk, and one tick's events are one flush`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        let flushes = wire.flushes
        let events = ["one", "two\nlines"].map {
            NewEvent(audience: .user("alice"), name: nil, data: ByteBuffer(string: $0))
        }
        // On the loop, so that it cannot hand out the first before the second is there.
        try await bench.loop.executeInContext { bench.hub.publish(events) { _ in } }
        await bench.loop.run()
        let text = try await wire.received()
        #expect(
            Self.chunks(in: text) == [
                Self.event(1, "one"), "id: \(HubBench.epoch)-2\ndata: two\ndata: lines\n\n",
            ])
        #expect(wire.flushes == flushes + 1)
    }

    @Test func `another user's event does not come`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        await bench.publish("secret", to: "bob")
        #expect(try await wire.received() == "")
    }

    @Test func `a quiet stream gets a heartbeat`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        await bench.pass(.seconds(16))
        #expect(Self.chunks(in: try await wire.received()) == [":\n"])
    }

    // MARK: Endings

    @Test func `the token's end is told, and ends the response and the connection`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, bench.judge(lifetime: .seconds(10)))
        await bench.pass(.milliseconds(9900))
        #expect(!wire.isClosed)
        #expect(Self.chunks(in: try await wire.received()) == [Self.notice])
        await bench.pass(.milliseconds(300))
        let chunks = Self.chunks(in: try await wire.received())
        #expect(chunks.count == 2)
        #expect(
            chunks.first
                == "event: sluice.rejected\n"
                + #"data: {"code":"token-expired","detail":"The token has expired. Get a new one.","retryable":false}"#
                + "\n\n")
        #expect(chunks.last == "", "the chunk that ends the response")
        #expect(wire.isClosed)
        #expect(bench.metrics.endings == [.tokenExpired])
        #expect(bench.hub.streamCount == 0)
    }

    @Test func `going down ends the response with how long to wait`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        await bench.hub.drain(over: .zero)
        await bench.pass(.milliseconds(200))
        #expect(try await wire.received() == "c\r\nretry: 3000\n\r\n0\r\n\r\n")
        #expect(wire.isClosed)
        #expect(bench.metrics.endings == [.draining])
    }

    @Test func `a client that leaves is forgotten`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        try await wire.hangUp()
        #expect(bench.hub.streamCount == 0)
        #expect(bench.metrics.endings == [.clientClosed])
        await bench.publish("into the void")
    }

    @Test func `a client that closes its side is forgotten`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        try await wire.fire(ChannelEvent.inputClosed)
        #expect(wire.isClosed)
        #expect(bench.hub.streamCount == 0)
    }

    @Test func `an error of the connection ends the stream`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        let channel = wire.channel
        try await bench.loop.executeInContext { channel.pipeline.fireErrorCaught(ChannelError.inputClosed) }
        await wire.settle()
        #expect(wire.isClosed)
        #expect(bench.hub.streamCount == 0)
    }

    // MARK: What the client sends

    @Test func `what a client sends behind its request is ignored up to a limit`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, request: Self.request + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        try await wire.send(String(repeating: "x", count: 16 * 1024))
        #expect(!wire.isClosed)
        #expect(try await wire.received() == "")
        try await wire.send("x")
        #expect(wire.isClosed)
        #expect(bench.hub.streamCount == 0)
    }

    @Test func `a body with the stream's request is ignored`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(
            bench, request: "GET /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        await bench.publish("event")
        #expect(Self.chunks(in: try await wire.received()) == [Self.event(1, "event")])
    }

    // MARK: A slow client

    @Test func `events are held while the socket takes none, and come in their order when it does`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        try await wire.setWritable(false)
        for number in 1...5 { await bench.publish("\(number)") }
        #expect(try await wire.received() == "")
        try await wire.setWritable(true)
        await bench.publish("6")
        #expect(Self.chunks(in: try await wire.received()) == (1...6).map { Self.event($0, "\($0)") })
        #expect(bench.hub.streamCount == 1)
    }

    @Test func `a client that reads slowly is behind, and gets everything when it reads`() async throws {
        let bench = try HubBench(bufferBytes: 200)
        let wire = try await Self.open(bench)
        try await wire.setWritable(false)
        for number in 1...20 { await bench.publish("event \(number)") }
        #expect(try await wire.received() == "")
        try await wire.setWritable(true)
        await bench.loop.run()
        #expect(Self.chunks(in: try await wire.received()) == (1...20).map { Self.event($0, "event \($0)") })
        #expect(bench.metrics.endings == [])
    }

    @Test func `a client that reads slowly is cut off where that is wanted`() async throws {
        let bench = try HubBench(bufferBytes: 200, overflow: .disconnect)
        let wire = try await Self.open(bench)
        try await wire.setWritable(false)
        for number in 1...20 { await bench.publish("event \(number)") }
        #expect(wire.isClosed)
        #expect(try await wire.received() == "", "there is no room for a last word")
        #expect(bench.metrics.endings == [.bufferOverflow])
        #expect(bench.hub.streamCount == 0)
    }

    @Test func `a slow client delays no other`() async throws {
        let bench = try HubBench(bufferBytes: 200)
        let slow = try await Self.open(bench)
        let fast = try await Wire(bench.judge(), on: bench.loop)
        try await fast.send(Self.request)
        _ = try await fast.received()
        try await slow.setWritable(false)
        for number in 1...20 { await bench.publish("event \(number)") }
        #expect(Self.chunks(in: try await fast.received()).count == 20)
        #expect(!slow.isClosed)
        #expect(bench.hub.streamCount == 2)
    }

    // MARK: Limits

    @Test func `one stream too many is answered 200 and told when to come again`() async throws {
        let bench = try HubBench(limits: StreamLimits(streams: 100, streamsPerUser: 1, topicsPerStream: 1))
        let first = try await Self.open(bench)
        let metrics = RefusalCounter()
        let wire = try await Wire(bench.judge(), on: bench.loop, metrics: metrics)
        let response = try await wire.exchange(Self.request)
        #expect(response.status == 200)
        #expect(response["content-type"] == "text/event-stream")
        #expect(response.body.hasPrefix(Self.prelude + "event: sluice.rejected\ndata: {\"code\":\"streams-per-user\""))
        #expect(response.body.hasSuffix(#""retryable":true}"# + "\n\n"))
        #expect(response["content-length"] == String(response.body.utf8.count))
        #expect(metrics.reasons == ["streams-per-user"])
        #expect(!wire.isClosed)
        try await first.hangUp()
        try await wire.send(Self.request)
        #expect(try await wire.received().hasSuffix("\(HubBench.opening("0-2"))\r\n"))
    }

    @Test func `the process's limit is told, too`() async throws {
        let bench = try HubBench(limits: StreamLimits(streams: 1, streamsPerUser: 9, topicsPerStream: 1))
        let first = try await Self.open(bench)
        let wire = try await Wire(bench.judge(user: "bob"), on: bench.loop)
        #expect(try await wire.exchange(Self.request).body.contains(#""code":"streams-limit""#))
        #expect(!first.isClosed)
    }

    @Test func `HTTP 1.0 is told of a limit, too, and closed`() async throws {
        let bench = try HubBench(limits: StreamLimits(streams: 0, streamsPerUser: 9, topicsPerStream: 1))
        let wire = try await Wire(bench.judge(), on: bench.loop)
        let response = try await wire.exchange("GET /stream HTTP/1.0\r\n\r\n")
        #expect(response.status == 200)
        #expect(response.body.contains("sluice.rejected"))
        #expect(wire.isClosed)
    }

    @Test func `a gateway that goes down takes no new stream`() async throws {
        let bench = try HubBench()
        await bench.hub.drain(over: .seconds(1))
        let wire = try await Wire(bench.judge(), on: bench.loop)
        #expect(try await wire.exchange(Self.request).body.contains(#""code":"draining""#))
        #expect(bench.hub.streamCount == 0)
    }
}
