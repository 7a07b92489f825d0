import EventLog
import NIOCore
import Testing

@testable import EventHub

/// A node that is cut off from its log for long sends its streams to other nodes.
@Suite struct DepartureTests {
    private static func cutOff(_ hub: TestHub) {
        hub.log.cutOff()
        hub.run()
        hub.advance(by: .seconds(6))
    }

    private static func sendAway(_ hub: TestHub, over window: TimeAmount) {
        hub.hub.sendAway(over: window)
        hub.run()
    }

    private static func openCount(_ streams: [TestStream]) -> Int { streams.count { $0.outlet.ending == nil } }

    @Test func `evenly over the window, with a time to come back at`() throws {
        let hub = try TestHub(shards: 2)
        let streams = try (0..<100).map { try hub.connect("user \($0)", shard: $0 % 2) }
        Self.cutOff(hub)
        Self.sendAway(hub, over: .seconds(10))
        hub.advance(by: .seconds(5))
        #expect((46...54).contains(Self.openCount(streams)))
        hub.advance(by: .seconds(5))
        #expect(streams.allSatisfy { $0.outlet.ending == .cutOff })
        #expect(hub.metrics.counts.ended == [.cutOff: 100])
    }

    /// They have found no better node.
    @Test func `who comes meanwhile or comes back stays`() throws {
        let hub = try TestHub()
        let early = try (0..<10).map { try hub.connect("user \($0)") }
        Self.cutOff(hub)
        Self.sendAway(hub, over: .seconds(10))
        hub.advance(by: .seconds(5))
        let late = try (0..<10).map { try hub.connect("late \($0)") }
        hub.advance(by: .seconds(10))
        #expect(Self.openCount(early) == 0 && Self.openCount(late) == 10)
        hub.advance(by: .seconds(60))
        #expect(Self.openCount(late) == 10)
    }

    @Test func `it stops when the log is back`() throws {
        let hub = try TestHub()
        let streams = try (0..<10).map { try hub.connect("user \($0)") }
        Self.cutOff(hub)
        Self.sendAway(hub, over: .seconds(10))
        hub.advance(by: .milliseconds(4500))
        let open = Self.openCount(streams)
        #expect(open > 0 && open < 10)
        hub.log.reconnect()
        hub.run()
        hub.advance(by: .seconds(30))
        #expect(Self.openCount(streams) == open)
    }

    @Test func `a shard that has its log sends nobody away`() throws {
        let hub = try TestHub()
        let streams = try (0..<10).map { try hub.connect("user \($0)") }
        Self.sendAway(hub, over: .seconds(1))
        hub.advance(by: .seconds(10))
        #expect(Self.openCount(streams) == 10)
    }
}
