import EventLog
import EventStream
import MemoryEventLog
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import EventHub

/// Publishers on many threads and shards on loops of their own: each stream still gets the log's order, without a hole.
@Suite struct ConcurrencyTests {
    /// A stream on a loop of its own thread; its outlet stays on that loop.
    private struct RemoteStream: Sendable {
        let loop: NIOAsyncTestingEventLoop
        let shard: HubShard
        let outlet: NIOLoopBound<RecordingOutlet>

        func sequences() async throws -> [Position] {
            try await loop.executeInContext {
                outlet.value.events.compactMap { LoggedEventID($0.lastEventID)?.sequence }
            }
        }
    }

    private static func connect(
        _ user: String, to hub: EventHub, on loop: NIOAsyncTestingEventLoop, after id: String? = nil
    ) async throws -> RemoteStream {
        let shard = try #require(hub.shard(on: loop))
        let outlet = try await loop.executeInContext {
            let outlet = RecordingOutlet()
            let bound = NIOLoopBound<any StreamOutlet>(outlet, eventLoop: loop)
            try shard.assumeIsolated { shard in
                let id = try shard.attach(
                    Interest(user: user), lastEventID: id, endsAt: .distantFuture, outlet: bound)
                shard.start(id)
            }
            return NIOLoopBound(outlet, eventLoop: loop)
        }
        await loop.run()
        return RemoteStream(loop: loop, shard: shard, outlet: outlet)
    }

    private static func publish(_ count: Int, by publishers: Int, to hub: EventHub) async {
        await withDiscardingTaskGroup { group in
            for publisher in 0..<publishers {
                group.addTask {
                    for number in 0..<count {
                        let audience: Audience = number % 2 == 0 ? .everyone : .user("user \(publisher)")
                        let event = NewEvent(audience: audience, name: nil, data: ByteBuffer(string: "\(number)"))
                        hub.publish([event]) { _ in }
                    }
                }
            }
        }
    }

    private static func hub(on loops: [NIOAsyncTestingEventLoop], inboxBytes: Int) throws -> EventHub {
        let log = MemoryEventLog(epoch: try #require(Epoch("now")), settings: LogSettings(bytes: 1 << 26)) {
            WallTime(milliseconds: 0)
        }
        let settings = StreamSettings.forTests(
            bufferBytes: 1 << 20,
            inboxBytes: inboxBytes)
        let limits = StreamLimits(streams: 100, streamsPerUser: 100, topicsPerStream: 1)
        return EventHub(
            context: HubContext(
                log: log, settings: settings, limits: limits, metrics: CountingMetrics(),
                clock: { WallTime(milliseconds: 0) }),
            eventLoops: loops)
    }

    @Test(arguments: [1 << 24, 2000]) func `the log's order on every shard`(inboxBytes: Int) async throws {
        let loops = (0..<3).map { _ in NIOAsyncTestingEventLoop() }
        let hub = try Self.hub(on: loops, inboxBytes: inboxBytes)
        var streams: [RemoteStream] = []
        for number in 0..<6 {
            streams.append(try await Self.connect("user \(number % 4)", to: hub, on: loops[number % 3]))
        }
        await Self.publish(300, by: 4, to: hub)
        for loop in loops { await loop.run() }
        let witness = try await Self.connect("user 0", to: hub, on: loops[0], after: "now-0")
        let replayed = try await witness.sequences()
        for (number, stream) in streams.enumerated() {
            let live = try await stream.sequences()
            #expect(live == live.sorted())
            #expect(live.count == 4 * 150 + 150)
            if number % 4 == 0 { #expect(live == replayed) }
        }
        for loop in loops { await loop.shutdownGracefully() }
    }

    @Test func `streams that resume while publishers publish have no hole`() async throws {
        let loops = (0..<2).map { _ in NIOAsyncTestingEventLoop() }
        let hub = try Self.hub(on: loops, inboxBytes: 1 << 24)
        let streams = try await withThrowingTaskGroup(of: RemoteStream?.self) { group in
            group.addTask {
                await Self.publish(300, by: 4, to: hub)
                return nil
            }
            for number in 0..<20 {
                group.addTask { try await Self.connect("reader", to: hub, on: loops[number % 2], after: "now-0") }
            }
            return try await group.reduce(into: [RemoteStream]()) { streams, stream in
                if let stream { streams.append(stream) }
            }
        }
        // Answers of the log take a turn of the loop each.
        for _ in 0..<5 { for loop in loops { await loop.run() } }
        for stream in streams {
            let sequences = try await stream.sequences()
            #expect(sequences == sequences.sorted())
            #expect(Set(sequences).count == 4 * 150)
            #expect(sequences.count == 4 * 150)
        }
        for loop in loops { await loop.shutdownGracefully() }
    }

    @Test func `a drain reaches every shard`() async throws {
        let loops = (0..<3).map { _ in NIOAsyncTestingEventLoop() }
        let hub = try Self.hub(on: loops, inboxBytes: 1 << 24)
        for number in 0..<9 { _ = try await Self.connect("user", to: hub, on: loops[number % 3]) }
        await hub.drain(over: .seconds(1))
        for loop in loops { await loop.advanceTime(by: .seconds(2)) }
        #expect(hub.streamCount == 0)
        for loop in loops { await loop.shutdownGracefully() }
    }
}
