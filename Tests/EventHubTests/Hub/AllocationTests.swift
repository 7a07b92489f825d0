import CAllocationCounter
import EventLog
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// An event costs its own allocations, and none for each stream that it goes to.
@Suite struct AllocationTests {
    private final class CountingOutlet: StreamOutlet {
        let isWritable = true
        let pendingBytes = 0
        var writes = 0
        func write(_ frame: EventFrame) { writes += 1 }
        func flush() {}
        func end(_ reason: StreamEnd) {}
    }

    /// How many blocks this thread allocates in `work`.
    private static func allocations(in work: () throws -> Void) rethrows -> Int {
        let before = allocation_count()
        try work()
        return Int(allocation_count() - before)
    }

    @Test func `the counter counts`() {
        var arrays: [[Int]] = []
        arrays.reserveCapacity(100)
        let count = Self.allocations { for number in 0..<100 { arrays.append([number]) } }
        #expect((100...110).contains(count))
        #expect(Self.allocations {} == 0)
    }

    /// What publishing one event and delivering it to `count` streams allocates.
    private static func costOfDelivery(to count: Int) throws -> Int {
        let hub = try TestHub(limits: StreamLimits(streams: 100_000, streamsPerUser: 100_000, topicsPerStream: 1))
        let shard = try #require(hub.hub.shard(on: hub.loop))
        let outlets = (0..<count).map { _ in CountingOutlet() }
        for outlet in outlets {
            let bound = NIOLoopBound<any StreamOutlet>(outlet, eventLoop: hub.loop)
            try shard.assumeIsolated { shard in
                let id = try shard.attach(
                    Interest(user: "alice"), lastEventID: nil, endsAt: .distantFuture, outlet: bound)
                shard.start(id)
            }
        }
        try hub.publish(.everyone, "warm up")
        let event = NewEvent(audience: .everyone, name: nil, data: ByteBuffer(string: "hello"))
        let cost = allocations {
            hub.hub.publish([event]) { _ in }
            hub.run()
        }
        #expect(outlets.allSatisfy { $0.writes == 3 }, "the prelude and two events")
        return cost
    }

    /// Without optimisation each turn of a `for` loop allocates a block for its iterator, and a lone event's streams
    /// are in one loop, which writes and flushes. With it, none.
    #if DEBUG
        private static let loops = 1
    #else
        private static let loops = 0
    #endif

    @Test func `delivering to a thousand streams allocates as much as to ten`() throws {
        let (few, many) = (try Self.costOfDelivery(to: 10), try Self.costOfDelivery(to: 1000))
        // A few blocks of slack for what grows with the number of streams by doubling.
        #expect(many - few <= 990 * Self.loops + 20, "\(few) for 10 streams, \(many) for 1000")
        #expect(few <= 120, "\(few) for 10 streams")
    }

    @Test func `a frame is made in one buffer`() throws {
        let id = LoggedEventID(epoch: try #require(Epoch("now")), sequence: 123_456)
        let event = NewEvent(
            audience: .everyone, name: EventName(literal: "comment"), data: ByteBuffer(repeating: 0x61, count: 500))
        // Made once before, so that what is set up lazily is set up.
        let expected = EventFrame(event, id: id)
        var frame = expected
        let cost = Self.allocations { frame = EventFrame(event, id: id) }
        #expect(frame.bytes == expected.bytes)
        #expect(cost <= 6, "the buffer's storage and its object, and the id's text: \(cost)")
    }
}
