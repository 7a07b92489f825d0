import EventLog
import EventStream
import NIOCore
import Testing

@testable import EventHub

/// A stream whose buffer is full is behind, not dropped: it reads on from the log when its socket takes bytes again.
@Suite struct CatchUpTests {
    private static func settings(
        bufferBytes: Int = 200, behindLimit: TimeAmount = .minutes(10), bufferTotalBytes: Int = 1 << 20,
        replayStepBytes: Int = 100
    ) -> StreamSettings {
        StreamSettings.forTests(
            bufferBytes: bufferBytes,
            behindLimit: behindLimit,
            bufferTotalBytes: bufferTotalBytes, replayStepBytes: replayStepBytes)
    }

    @Test func `a stream that stalls gets everything, in order, once`() throws {
        let hub = try TestHub(settings: Self.settings())
        let (slow, fast) = (try hub.connect("slow"), try hub.connect("fast"))
        slow.stall()
        for number in 1...500 { try hub.publish(.everyone, "\(number)") }
        #expect(slow.data == [])
        #expect(hub.metrics.counts.fellBehind == 1)
        #expect(hub.metrics.counts.behind == 1)
        #expect(fast.data == (1...500).map(String.init))
        slow.recover()
        hub.run()
        #expect(slow.data == (1...500).map(String.init))
        #expect(hub.metrics.counts.behind == 0)
        try hub.publish(.everyone, "live")
        #expect(slow.data.last == "live")
        #expect(slow.outlet.violations == [])
        #expect(hub.metrics.counts.ended == [:])
    }

    @Test func `it holds no more than its buffer and a step while it catches up`() throws {
        let hub = try TestHub(settings: Self.settings())
        let stream = try hub.connect("alice")
        stream.stall()
        for number in 1...100 { try hub.publish(.everyone, "\(number)") }
        stream.outlet.onFlush = { [unowned outlet = stream.outlet] in outlet.isWritable = false }
        var turns = 0
        while stream.data.count < 100, turns < 200 {
            let before = stream.outlet.byteCount
            stream.recover()
            hub.run()
            #expect(stream.outlet.byteCount - before <= 200)
            turns += 1
        }
        #expect(stream.data == (1...100).map(String.init))
    }

    @Test func `what the log has let go of is a gap, told before what it still has`() throws {
        let hub = try TestHub(settings: Self.settings(), retainedBytes: 3000)
        let stream = try hub.connect("alice")
        stream.stall()
        for number in 1...100 { try hub.publish(.everyone, "\(number)") }
        stream.recover()
        hub.run()
        let names = stream.outlet.events.map(\.event)
        let gap = try #require(names.firstIndex(of: "sluice.gap"))
        #expect(names.count { $0 == "sluice.gap" } == 1)
        #expect(stream.data[..<gap] == (1...gap).map(String.init)[...], "first, what was held back")
        #expect(stream.data.last == "100")
        #expect(hub.metrics.counts.gaps == [.retention: 1])
        let later = stream.data[(gap + 1)...].compactMap(Int.init)
        #expect(later == Array(try #require(later.first)...100))
    }

    @Test func `a quiet stream that falls behind at once is told of no gap that is none`() throws {
        let hub = try TestHub(settings: Self.settings(bufferBytes: 50), retainedBytes: 3000)
        let stream = try hub.connect("alice")
        for number in 1...100 { try hub.publish(.user("bob"), "\(number)") }
        stream.stall()
        for number in 1...4 { try hub.publish(.user("alice"), "\(number)") }
        stream.recover()
        hub.run()
        #expect(stream.data == ["1", "2", "3", "4"])
    }

    @Test func `a stream that does not catch up in time is ended`() throws {
        let hub = try TestHub(settings: Self.settings(behindLimit: .seconds(60)))
        let (slow, fast) = (try hub.connect("slow"), try hub.connect("fast"))
        slow.stall()
        for number in 1...100 { try hub.publish(.everyone, "\(number)") }
        hub.advance(by: .seconds(40))
        #expect(slow.outlet.ending == nil)
        hub.advance(by: .seconds(40))
        #expect(slow.outlet.ending == .behindTooLong)
        #expect(fast.outlet.ending == nil)
        #expect(hub.metrics.counts.behind == 0)
    }

    @Test func `a stream that catches up again and again is behind anew each time`() throws {
        let hub = try TestHub(settings: Self.settings(behindLimit: .seconds(60)))
        let stream = try hub.connect("alice")
        for round in 1...5 {
            stream.stall()
            for number in 1...20 { try hub.publish(.everyone, "\(round) \(number)") }
            hub.advance(by: .seconds(40))
            stream.recover()
            hub.run()
        }
        #expect(stream.outlet.ending == nil)
        #expect(stream.data.count == 100)
        #expect(hub.metrics.counts.fellBehind == 5)
    }

    @Test func `a long replay lets the loop see to its sockets between megabytes`() throws {
        let hub = try TestHub(settings: Self.settings(replayStepBytes: 32 * 1024), retainedBytes: 1 << 24)
        let data = String(repeating: "x", count: 50_000)
        for _ in 1...60 { try hub.publish(.everyone, data) }
        let stream = try hub.connect("alice", after: hub.id(0))
        #expect((20...22).contains(stream.data.count), "\(stream.data.count) of 60 in one go")
        hub.advance(by: .milliseconds(1))
        hub.advance(by: .milliseconds(1))
        #expect(stream.data.count == 60)
        #expect(hub.metrics.counts.behind == 0)
    }

    // MARK: All buffers together

    @Test func `the furthest behind let go first, and nothing is lost`() throws {
        let hub = try TestHub(settings: Self.settings(bufferBytes: 2000, bufferTotalBytes: 5000))
        let streams = try (0..<4).map { try hub.connect("user \($0)") }
        for (number, stream) in streams.enumerated() {
            stream.stall()
            for event in 0..<5 {
                try hub.publish(.user("user \(number)"), "\(event)" + String(repeating: "x", count: 50))
            }
        }
        #expect(hub.metrics.counts.behind >= 1, "the first one has let go")
        #expect(hub.metrics.counts.fellBehind == 0, "no buffer of its own was full")
        for (number, stream) in streams.enumerated() {
            let before = stream.outlet.byteCount
            stream.recover()
            let held = stream.outlet.byteCount - before
            #expect(number == 0 ? held == 0 : true, "stream \(number) had \(held) bytes")
        }
        hub.run()
        for stream in streams { #expect(stream.data.map { $0.first } == ["0", "1", "2", "3", "4"]) }
        #expect(hub.metrics.counts.behind == 0)
        #expect(hub.metrics.counts.ended == [:])
    }

    @Test func `what waits for a socket counts, and who holds it there is ended`() throws {
        let hub = try TestHub(settings: Self.settings(bufferTotalBytes: 1000))
        let streams = try (0..<3).map { try hub.connect("user \($0)") }
        for stream in streams {
            stream.outlet.stuckBytes = 400
            stream.stall()
            try hub.publish(.everyone, "x")
        }
        #expect(streams.map(\.outlet.ending) == [.buffersFull, nil, nil])
        #expect(hub.metrics.counts.ended == [.buffersFull: 1])
    }

    @Test func `shards share the limit evenly`() throws {
        let hub = try TestHub(shards: 2, settings: Self.settings(bufferTotalBytes: 1000))
        let (first, second) = (try hub.connect("alice", shard: 0), try hub.connect("alice", shard: 1))
        first.outlet.stuckBytes = 600
        second.outlet.stuckBytes = 300
        for stream in [first, second] { stream.stall() }
        try hub.publish(.everyone, "x")
        #expect(first.outlet.ending == .buffersFull)
        #expect(second.outlet.ending == nil)
    }
}
