// The gate on the way out of an event stream: how often one delivery allocates memory once everything is warm, over
// HTTP/1.1 and HTTP/2. Counts hold on any machine, times do not.

import CAllocationCounter
import EventHub
import EventLog
import FrameClient
import HTTP2Kit
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayRules
@testable import HTTPServing

@Suite struct AllocationTests {
    /// Nothing, when optimized. A debug build boxes each buffer that it hands to the pipeline.
    #if DEBUG
        private static let boxes = 1.0
    #else
        private static let boxes = 0.0
    #endif

    private static let rounds = 1_000
    private static let event = EventFrame(
        id: nil, event: nil, data: ByteBuffer(string: "an event of the usual length, neither long nor short"))

    /// What one delivery of `events` events allocates: written one by one, flushed once.
    private static func cost(of events: Int, through outlet: some StreamOutlet) -> Double {
        func deliver() {
            for _ in 0..<events { outlet.write(event) }
            outlet.flush()
        }
        for _ in 0..<100 { deliver() }
        let before = allocation_count()
        for _ in 0..<rounds { deliver() }
        return Double(allocation_count() - before) / Double(rounds)
    }

    // MARK: HTTP/1.1

    private static func costOverHTTP1(of events: Int) async throws -> Double {
        let bench = try HubBench()
        let wire = try await Wire(bench.judge(), on: bench.loop)
        try await wire.send("GET /stream HTTP/1.1\r\nHost: sluice\r\n\r\n")
        let channel = wire.channel
        let socket = try await bench.loop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            let (socket, handler) = (Socket(), try pipeline.handler(type: HTTP1StreamHandler.self))
            try pipeline.addHandler(socket, position: .first)
            let cost = cost(of: events, through: handler)
            return (cost: cost, bytes: socket.bytesTaken)
        }
        #expect(socket.bytes == (rounds + 100) * events * event.chunk.readableBytes, "everything has left")
        return socket.cost
    }

    @Test(arguments: [1, 5]) func `a delivery over HTTP/1 allocates nothing of its own`(events: Int) async throws {
        let cost = try await Self.costOverHTTP1(of: events)
        #expect(cost == Double(events) * Self.boxes)
    }

    // MARK: HTTP/2

    private static func costOverHTTP2(of events: Int) async throws -> Double {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop, settings: [(4, 0x7fff_ffff)])
        try await wire.send(.windowUpdate(0, 0x7000_0000), .request(1, "/stream"))
        let channel = wire.channel
        let socket = try await bench.loop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            let (socket, handler) = (Socket(), try pipeline.handler(type: HTTP2ConnectionHandler.self))
            try pipeline.addHandler(socket, position: .first)
            let exchange = try #require(handler.session?.openStreams.first?.owner as? HTTP2Exchange)
            let cost = cost(of: events, through: try #require(exchange.outlet))
            return (cost: cost, bytes: socket.bytesTaken)
        }
        #expect(socket.bytes >= (rounds + 100) * events * event.byteCount, "everything has left")
        return socket.cost
    }

    @Test(arguments: [1, 5]) func `a delivery over HTTP/2 allocates nothing of its own`(events: Int) async throws {
        let cost = try await Self.costOverHTTP2(of: events)
        // What stands for TLS hands on a frame's header and its bytes as two buffers.
        #expect(cost == Double(2 * events) * Self.boxes)
    }

    // MARK: Publishes

    /// Of a debug build, which boxes and copies more. Lower them when there are fewer.
    private static let (publishLimit, refusalLimit) = (106.5, 117.5)

    /// What a request allocates, from its bytes to its answer's, with nobody to hear of an event.
    private static func costOfRequest(_ body: String, by limits: CallerLimits = CallerLimits()) async throws -> Double {
        var settings = GatewayBench.settings
        settings.callers = limits
        let bench = try GatewayBench(settings, accounts: CallerAccounts { .uptimeNanoseconds(1) })
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        let token = try bench.token(publish: ["user:*"])
        let request = ByteBuffer(
            string: "POST /v1/publish HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let channel = wire.channel
        return try await bench.bench.loop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(Socket(), position: .first)
            func send() {
                pipeline.fireChannelRead(NIOAny(request))
                pipeline.fireChannelReadComplete()
            }
            for _ in 0..<100 { send() }
            let before = allocation_count()
            for _ in 0..<rounds { send() }
            return Double(allocation_count() - before) / Double(rounds)
        }
    }

    @Test func `a publish over HTTP/1 allocates no more than it did`() async throws {
        let cost = try await Self.costOfRequest(#"{"to":{"user":"alice"},"data":"x"}"#)
        #expect(cost <= Self.publishLimit)
    }

    /// Whoever is over its rate costs less than who is not.
    @Test func `a refusal over HTTP/1 allocates no more than it did`() async throws {
        let limits = CallerLimits(publishedEvents: CallRate(1, in: .seconds(1), burst: 1))
        let cost = try await Self.costOfRequest(#"{"to":{"user":"alice"},"data":"x"}"#, by: limits)
        #expect(cost <= Self.refusalLimit)
    }

    // MARK: Several streams of a connection

    /// What a tick allocates in which each of so many streams of a connection gets an event, the testing loop's own
    /// included.
    private static func costOfTick(streams: Int) async throws -> Double {
        let bench = try HubBench()
        let wire = try await HTTP2Wire(bench.judge(), on: bench.loop, settings: [(4, 0x7fff_ffff)])
        try await wire.send(.windowUpdate(0, 0x7000_0000))
        for number in 0..<UInt32(streams) { try await wire.send(.request(1 + 2 * number, "/stream")) }
        let (channel, cost, loop) = (wire.channel, NIOLockedValueBox(0.0), bench.loop)
        try await loop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            let handler = try pipeline.handler(type: HTTP2ConnectionHandler.self)
            try pipeline.addHandler(Socket(), position: .first)
            let outlets = (handler.session?.openStreams ?? []).compactMap { ($0.owner as? HTTP2Exchange)?.outlet }
            try #require(outlets.count == streams)
            Ticks(outlets, on: loop, cost).next()
        }
        await loop.run()
        return cost.withLockedValue { $0 }
    }

    @Test func `a tick over HTTP/2 allocates as much for ten streams of a connection as for two`() async throws {
        let (none, two, ten) = try await (
            Self.costOfTick(streams: 0), Self.costOfTick(streams: 2), Self.costOfTick(streams: 10)
        )
        #expect(ten == two, "nothing per stream")
        // The loop is asked to run the tests' next tick, and to send what all streams have: twice as much as the former
        // alone.
        #expect(two == 2 * none + Self.boxes, "one flush")
    }

    /// Ticks of a loop, one behind the other, and what they cost.
    private final class Ticks {
        private let outlets: [HTTP2StreamOutlet]
        private let loop: NIOAsyncTestingEventLoop
        private let cost: NIOLockedValueBox<Double>
        private var left = rounds + 100
        private var before: UInt = 0

        init(_ outlets: [HTTP2StreamOutlet], on loop: NIOAsyncTestingEventLoop, _ cost: NIOLockedValueBox<Double>) {
            (self.outlets, self.loop, self.cost) = (outlets, loop, cost)
        }

        /// Delivers to each stream as the hub does. What that has the loop do comes before the next tick.
        func next() {
            if left == rounds { before = allocation_count() }
            guard left > 0 else {
                let count = allocation_count() - before
                return cost.withLockedValue { $0 = Double(count) / Double(rounds) }
            }
            left -= 1
            // By number: without optimisation an iterator allocates for each element.
            for number in 0..<outlets.count {
                outlets[number].write(event)
                outlets[number].flush()
            }
            loop.assumeIsolated().execute { self.next() }
        }
    }
}

/// Stands for TLS and the socket: keeps what it is given until a flush, and lets go of it then.
private final class Socket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var bytesTaken = 0
    private var waiting: [ByteBuffer] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        waiting.append(unwrapOutboundIn(data))
    }

    func flush(context: ChannelHandlerContext) {
        bytesTaken += waiting.reduce(0) { $0 + $1.readableBytes }
        waiting.removeAll(keepingCapacity: true)
    }
}
