import EventHub
import EventLog
import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Event streams over HTTP/2, from the request's frames to the end of the stream.
@Suite struct HTTP2StreamTests {
    private static let prelude = "retry: 3000\n"
    /// The prelude of a client that has had no event yet.
    private static let opening = HubBench.opening()

    /// A connection with a stream that is open, its head and prelude taken.
    private static func open(
        _ bench: HubBench, _ judge: ScriptedJudge? = nil, settings: [(UInt16, UInt32)] = [], streams: [UInt32] = [1],
        limits: HTTP2Limits = HTTP2Limits()
    ) async throws -> HTTP2Wire {
        let wire = try await HTTP2Wire(judge ?? bench.judge(), on: bench.loop, limits: limits, settings: settings)
        for stream in streams { try await wire.send(.request(stream, "/stream")) }
        let frames = try await wire.received()
        #expect(frames.of(.headers).count == streams.count)
        #expect(bench.hub.streamCount == streams.count)
        return wire
    }

    private static func event(_ number: Int, _ data: String) -> String {
        "id: \(HubBench.epoch)-\(number)\ndata: \(data)\n\n"
    }

    // MARK: Opening

    @Test func `head and prelude are sent at once`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        let flushes = wire.flushes
        try await wire.send(.request(1, "/stream"))
        let frames = try await wire.received()
        #expect(frames.map(\.kind) == [.headers, .data])
        #expect(
            frames[0].fields == [
                ":status": "200", "date": Wire.date, "content-type": "text/event-stream", "cache-control": "no-store",
                "sluice-stream": "0-1",
            ])
        #expect(frames[1].text == Self.opening)
        let ends = frames.filter(\.endsStream)
        #expect(ends.isEmpty)
        #expect(wire.flushes == flushes + 1)
    }

    @Test func `a stream goes on behind the event that the client names`() async throws {
        let bench = try HubBench()
        for number in 1...3 { await bench.publish("\(number)") }
        let wire = try await HTTP2Wire(bench.judge(lastEventID: "\(HubBench.epoch)-1"), on: bench.loop)
        try await wire.send(.request(1, "/stream"))
        await bench.publish("4")
        #expect(
            try await wire.received().text(of: 1) == Self.prelude + (2...4).map { Self.event($0, "\($0)") }.joined())
    }

    @Test func `streams and requests share a connection`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        #expect(try await wire.exchange(.request(3, "/a"), stream: 3).body == "/a")
        await bench.publish("hello")
        #expect(try await wire.received().text(of: 1) == Self.event(1, "hello"))
    }

    @Test func `what a client sends on an open stream is ignored`() async throws {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop)
        try await wire.send(.request(1, "GET", "/stream", ends: false), .data(1, "what?"))
        try await wire.send(.data(1, "more", ends: true))
        await bench.publish("hello")
        #expect(try await wire.received().text(of: 1) == Self.opening + Self.event(1, "hello"))
    }

    // MARK: Events

    /// Each is a frame of its own, in one record.
    @Test func `one tick's events are one flush`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench)
        let flushes = wire.flushes
        let events = ["one", "two\nlines"].map {
            NewEvent(audience: .user("alice"), name: nil, data: ByteBuffer(string: $0))
        }
        try await bench.loop.executeInContext { bench.hub.publish(events) { _ in } }
        await bench.loop.run()
        let frames = try await wire.received()
        #expect(frames.map(\.kind) == [.data, .data])
        #expect(
            frames.text(of: 1)
                == Self.event(1, "one") + "id: \(HubBench.epoch)-2\ndata: two\ndata: lines\n\n")
        #expect(wire.flushes == flushes + 1)
    }

    @Test func `an event for several streams of a connection is one flush`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, streams: [1, 3, 5, 7])
        let flushes = wire.flushes
        await bench.publish("hello")
        let frames = try await wire.received()
        #expect(frames.of(.data).count == 4)
        for stream in [1, 3, 5, 7] as [UInt32] { #expect(frames.text(of: stream) == Self.event(1, "hello")) }
        #expect(wire.flushes == flushes + 1)
    }

    @Test func `a heartbeat goes to each stream that is quiet`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, streams: [1, 3])
        await bench.pass(.seconds(16))
        let frames = try await wire.received()
        #expect(frames.text(of: 1) == ":\n" && frames.text(of: 3) == ":\n")
    }

    // MARK: Stalling

    @Test func `a stream that is not read falls behind alone, and loses nothing`() async throws {
        let bench = try HubBench(bufferBytes: 2000)
        var limits = HTTP2Limits()
        limits.streamQueueBytes = 500
        // The client reads stream 3 and credits the connection, and leaves stream 1 be.
        let wire = try await Self.open(bench, settings: [(4, 300)], streams: [1, 3], limits: limits)
        try await wire.send(.windowUpdate(0, 1_000_000), .windowUpdate(3, 1_000_000))
        let text = String(repeating: "x", count: 100)
        var (stalled, live) = ("", "")
        for number in 1...100 {
            await bench.publish("\(number) \(text)")
            let frames = try await wire.received()
            #expect(frames.text(of: 3) == Self.event(number, "\(number) \(text)"), "it is not kept waiting")
            (stalled, live) = (stalled + frames.text(of: 1), live + frames.text(of: 3))
        }
        #expect(stalled.utf8.count <= 300)
        #expect(bench.hub.streamCount == 2)
        // The other one reads on.
        for _ in 0..<40 {
            try await wire.send(.windowUpdate(1, 1000))
            stalled += try await wire.received().text(of: 1)
        }
        #expect(stalled == live)
    }

    @Test func `a socket that takes nothing is given nothing, and loses nothing`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, streams: [1, 3])
        try await wire.setWritable(false)
        for number in 1...5 { await bench.publish("\(number)") }
        #expect(try await wire.received() == [])
        try await wire.setWritable(true)
        let frames = try await wire.received()
        let events = (1...5).map { Self.event($0, "\($0)") }.joined()
        #expect(frames.text(of: 1) == events && frames.text(of: 3) == events)
    }

    @Test func `what waits is counted while there is no room`() async throws {
        let bench = try HubBench()
        var limits = HTTP2Limits()
        limits.streamQueueBytes = 10
        let wire = try await Self.open(bench, settings: [(4, UInt32(Self.opening.utf8.count))], limits: limits)
        await bench.publish("first")
        await bench.publish("second")
        let waiting = EventCost.bytes(ofBuffers: 1, byteCount: 29)
        #expect(try await wire.outlets() == [OutletView(pendingBytes: waiting, isWritable: false)])
        try await wire.send(.windowUpdate(1, 1000))
        #expect(try await wire.received().text(of: 1) == Self.event(1, "first") + Self.event(2, "second"))
        #expect(try await wire.outlets() == [OutletView(pendingBytes: 0, isWritable: true)])
    }

    // MARK: Endings

    @Test func `a token's end is told, and ends the stream alone`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, bench.judge(lifetime: .seconds(10)))
        await bench.pass(.seconds(11))
        let frames = try await wire.received()
        #expect(
            frames.text(of: 1).hasPrefix(
                "event: sluice.expiring\ndata: {\"secondsLeft\":5}\n\nevent: sluice.rejected\ndata: {\"code\":\"token-expired\""
            ))
        #expect(frames.last?.endsStream == true)
        #expect(bench.hub.streamCount == 0 && !wire.isClosed)
        #expect(try await wire.exchange(.request(3, "/a"), stream: 3).body == "/a")
    }

    @Test func `a stream that the client resets is gone, and its neighbour stays`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, streams: [1, 3])
        try await wire.send(.reset(1))
        #expect(bench.hub.streamCount == 1)
        await bench.publish("hello")
        #expect(try await wire.received().map(\.stream) == [3])
        #expect(bench.metrics.endings == [.clientClosed])
    }

    @Test func `a request that is reset in the same read costs no look at its token`() async throws {
        let bench = try HubBench()
        let judge = bench.judge()
        let wire = try await HTTP2Wire(judge, on: bench.loop)
        try await wire.send(.request(1, "/stream"), .reset(1), .request(3, "/a"))
        #expect(judge.paths == ["/a"])
        #expect(bench.hub.streamCount == 0)
    }

    @Test func `a connection that is gone ends all its streams`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, streams: [1, 3, 5])
        try await wire.hangUp()
        #expect(bench.hub.streamCount == 0)
        #expect(bench.metrics.endings == [.clientClosed, .clientClosed, .clientClosed])
    }

    @Test func `an end that is never taken is given up`() async throws {
        let bench = try HubBench()
        let wire = try await Self.open(bench, bench.judge(lifetime: .seconds(10)), settings: [(4, 16)])
        await bench.pass(.seconds(11))
        #expect(bench.hub.streamCount == 0)
        try await wire.send(.ping(), .request(3, "/stream"))
        await bench.pass(.seconds(31))
        #expect(HTTP2Response(try await wire.received(), stream: 1).resetCode == WireErrorCode.cancel.rawValue)
    }

    // MARK: Limits

    @Test func `one stream too many is answered 200 and told when to come again`() async throws {
        let bench = try HubBench(limits: StreamLimits(streams: 100, streamsPerUser: 1, topicsPerStream: 1))
        let wire = try await Self.open(bench)
        let response = try await wire.exchange(.request(3, "/stream"), stream: 3)
        #expect(response.status == "200" && response.isComplete)
        #expect(response.body.hasPrefix(Self.prelude + "event: sluice.rejected\ndata: {\"code\":\"streams-per-user\""))
        #expect(response.fields["content-length"] == String(response.body.utf8.count))
        try await wire.send(.reset(1))
        #expect(try await wire.exchange(.request(5, "/stream"), stream: 5).body == HubBench.opening("0-2"))
    }

    @Test func `one stream too many on a connection is refused, and a client that knows the limit ended`() async throws
    {
        let bench = try HubBench()
        var limits = HTTP2Limits()
        limits.concurrentStreams = 2
        let wire = try await Self.open(bench, streams: [1, 3], limits: limits)
        let response = try await wire.exchange(.request(5, "/stream"), stream: 5)
        #expect(response.status == nil && response.resetCode == WireErrorCode.refusedStream.rawValue)
        #expect(bench.hub.streamCount == 2)
        try await wire.send(.settingsAcknowledgement, .request(7, "/stream"))
        #expect(try await wire.received().goodbye == WireErrorCode.protocolError.rawValue)
        #expect(wire.isClosed && bench.hub.streamCount == 0)
    }
}

extension HTTP2Wire {
    /// What the hub sees of the connection's streams, in their order.
    fileprivate func outlets() async throws -> [OutletView] {
        let channel = channel
        return try await channel.testingEventLoop.executeInContext {
            let handler = try channel.pipeline.syncOperations.handler(type: HTTP2ConnectionHandler.self)
            let streams = (handler.session?.openStreams ?? []).sorted { $0.id < $1.id }
            return streams.compactMap { ($0.owner as? HTTP2Exchange)?.outlet }
                .map { OutletView(pendingBytes: $0.pendingBytes, isWritable: $0.isWritable) }
        }
    }
}

private struct OutletView: Sendable, Equatable {
    let pendingBytes: Int
    let isWritable: Bool
}
