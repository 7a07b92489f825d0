import EventLog
import NIOCore
import Testing

@testable import EventHub

/// The gateway goes down: streams end evenly over a window, and get their events up to then.
@Suite struct DrainTests {
    private static func drain(_ hub: TestHub, over window: TimeAmount) throws {
        for (loop, offset) in zip(hub.loops, hub.hub.drainOffsets) {
            let shard = try #require(hub.hub.shard(on: loop))
            shard.assumeIsolated { $0.drain(over: window, offset: offset) }
        }
    }

    private static func openCount(_ streams: [TestStream]) -> Int {
        streams.filter { $0.outlet.ending == nil }.count
    }

    @Test func `evenly over the window, on each shard`() throws {
        let hub = try TestHub(shards: 2)
        let streams = try (0..<100).map { try hub.connect("user \($0)", shard: $0 % 2) }
        try Self.drain(hub, over: .seconds(10))
        for second in 1...9 {
            hub.advance(by: .seconds(1))
            let expected = 100 - second * 10
            #expect((expected - 4...expected).contains(Self.openCount(streams)))
        }
        hub.advance(by: .seconds(1))
        #expect(streams.allSatisfy { $0.outlet.ending == .draining })
        #expect(hub.hub.streamCount == 0)
        #expect(hub.metrics.counts.ended == [.draining: 100])
    }

    @Test func `few streams on many shards do not end at once`() throws {
        let hub = try TestHub(shards: 8)
        let streams = try [1, 3, 4, 6].map { try hub.connect("user \($0)", shard: $0) }
        try Self.drain(hub, over: .seconds(8))
        let open = (1...80).map { _ in
            hub.advance(by: .milliseconds(100))
            return Self.openCount(streams)
        }
        // One at once, and one with each quarter.
        let quarters = [3, 2, 1].flatMap { Array(repeating: $0, count: 20) }
        #expect(open == quarters + Array(repeating: 0, count: 20))
    }

    @Test func `a stream that is alone waits for nobody`() throws {
        let hub = try TestHub(shards: 8)
        let stream = try hub.connect("alice", shard: 7)
        try Self.drain(hub, over: .seconds(60))
        hub.advance(by: .milliseconds(100))
        #expect(stream.outlet.ending == .draining)
    }

    @Test func `no new stream from the first moment on`() throws {
        let hub = try TestHub()
        _ = try hub.connect("alice")
        try Self.drain(hub, over: .seconds(10))
        #expect(throws: AdmissionRefusal.draining) { try hub.connect("bob") }
    }

    @Test func `who is still there still gets events`() throws {
        let hub = try TestHub()
        let streams = try (0..<10).map { try hub.connect("user \($0)") }
        try Self.drain(hub, over: .seconds(10))
        hub.advance(by: .milliseconds(4500))
        let open = streams.filter { $0.outlet.ending == nil }
        #expect(try hub.publish(.everyone, "1").streams == open.count)
        #expect(open.allSatisfy { $0.data == ["1"] })
        #expect(!open.isEmpty && open.count < 10)
    }

    @Test func `a window of zero ends all with the next tick`() throws {
        let hub = try TestHub()
        let streams = try (0..<10).map { try hub.connect("user \($0)") }
        try Self.drain(hub, over: .zero)
        hub.advance(by: .milliseconds(100))
        #expect(Self.openCount(streams) == 0)
    }

    @Test func `a second drain changes nothing`() throws {
        let hub = try TestHub()
        let streams = try (0..<10).map { try hub.connect("user \($0)") }
        try Self.drain(hub, over: .seconds(1))
        hub.advance(by: .milliseconds(500))
        try Self.drain(hub, over: .seconds(100))
        hub.advance(by: .milliseconds(600))
        #expect(Self.openCount(streams) == 0)
    }

    @Test func `its end sends away at once who is left`() throws {
        let hub = try TestHub()
        let streams = try (0..<10).map { try hub.connect("user \($0)") }
        let shard = try #require(hub.hub.shard(on: hub.loops[0]))
        shard.assumeIsolated { $0.endDrain() }
        #expect(Self.openCount(streams) == 10, "nothing drains")
        try Self.drain(hub, over: .seconds(10))
        shard.assumeIsolated { $0.endDrain() }
        #expect(streams.allSatisfy { $0.outlet.ending == .draining })
        #expect(hub.metrics.counts.ended == [.draining: 10])
        #expect(throws: AdmissionRefusal.draining) { try hub.connect("bob") }
    }

    @Test func `streams that go by themselves count towards the pace`() throws {
        let hub = try TestHub()
        let streams = try (0..<10).map { try hub.connect("user \($0)") }
        try Self.drain(hub, over: .seconds(10))
        for stream in streams.prefix(5) { stream.disconnect() }
        hub.advance(by: .seconds(4))
        #expect(hub.metrics.counts.ended == [.clientClosed: 5])
        hub.advance(by: .seconds(3))
        #expect(hub.metrics.counts.ended[.draining, default: 0] == 2)
    }
}
