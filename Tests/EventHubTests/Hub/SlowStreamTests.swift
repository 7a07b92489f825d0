import EventLog
import NIOCore
import Testing

@testable import EventHub

/// A stream that reads slowly costs its own progress, up to its limit, and nobody else's.
@Suite struct SlowStreamTests {
    private static let ending = StreamSettings.forTests(
        bufferBytes: 4096, overflow: .disconnect)

    /// The tutorial's server waited for the slowest reader, with everyone else behind it.
    @Test func `a stream that reads nothing holds nobody up, and ends at its bound where that is wanted`() throws {
        let hub = try TestHub(settings: Self.ending)
        let (slow, others) = (try hub.connect("slow"), try (0..<3).map { try hub.connect("user \($0)") })
        let before = slow.outlet.frames.count
        slow.stall()
        var published = 0
        while slow.outlet.ending == nil, published < 1000 {
            published += 1
            try hub.publish(.everyone, "\(published)")
        }
        #expect(slow.outlet.ending == .bufferOverflow)
        #expect(slow.outlet.frames.count == before, "nothing is written to a full socket")
        let costs = others[0].outlet.frames.suffix(published).map { EventCost.bytes(held: $0) }
        #expect(costs.dropLast().reduce(0, +) <= 4096)
        #expect(costs.reduce(0, +) > 4096)
        try hub.publish(.everyone, "after")
        for other in others { #expect(other.data == (1...published).map(String.init) + ["after"]) }
        #expect(hub.metrics.counts.ended == [.bufferOverflow: 1])
        #expect(hub.hub.streamCount == 3)
    }

    @Test func `what was held back comes in order when there is room again`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        try hub.publish(.everyone, "1")
        stream.stall()
        try hub.publish(.everyone, "2")
        try hub.publish(.everyone, "3")
        #expect(stream.data == ["1"])
        stream.recover()
        #expect(stream.data == ["1", "2", "3"])
        #expect(stream.outlet.unflushedFrames == 0)
        try hub.publish(.everyone, "4")
        #expect(stream.data == ["1", "2", "3", "4"])
        #expect(stream.outlet.ending == nil)
    }

    @Test func `room that comes within an event's turn does not change the order`() throws {
        let hub = try TestHub()
        let stream = try hub.connect("alice")
        stream.outlet.onWrite = { [unowned outlet = stream.outlet] _ in outlet.isWritable = false }
        stream.outlet.onFlush = { [unowned stream] in stream.recover() }
        for number in 1...50 { try hub.post(.everyone, "\(number)") }
        hub.run()
        #expect(stream.data == (1...50).map(String.init))
        #expect(stream.outlet.violations == [])
    }

    @Test func `a stream that overflows in the turn it was written to is left alone`() throws {
        let hub = try TestHub(settings: Self.ending)
        let stream = try hub.connect("alice")
        stream.outlet.onWrite = { [unowned outlet = stream.outlet] _ in outlet.isWritable = false }
        for number in 1...100 { try hub.post(.everyone, "\(number)") }
        hub.run()
        #expect(stream.outlet.ending == .bufferOverflow)
        #expect(stream.data == ["1"])
        #expect(stream.outlet.violations == [])
    }

    @Test func `a connection that breaks while it is written to is left alone`() throws {
        let hub = try TestHub()
        let (stream, other) = (try hub.connect("alice"), try hub.connect("bob"))
        stream.outlet.onWrite = { [unowned stream] _ in stream.disconnect() }
        try hub.post(.everyone, "1")
        try hub.post(.everyone, "2")
        hub.run()
        #expect(stream.data == ["1"])
        #expect(stream.outlet.flushCount == 1, "of the prelude")
        #expect(stream.outlet.violations == [])
        #expect(stream.outlet.ending == nil, "who has left is told nothing")
        #expect(other.data == ["1", "2"])
    }

    @Test func `a stream that breaks in the midst of replay is left alone`() throws {
        let hub = try TestHub()
        for number in 1...9 { try hub.publish(.everyone, "\(number)") }
        let outlet = RecordingOutlet()
        let stream = try TestStream(
            Interest(user: "alice"), after: hub.id(0), hub: hub, loop: hub.loop, outlet: outlet)
        outlet.onWrite = { [unowned stream] _ in stream.disconnect() }
        hub.run()
        #expect(stream.data == ["1"])
        #expect(outlet.violations == [])
        #expect(hub.hub.streamCount == 0)
    }

    @Test func `a full socket is not read for`() throws {
        let hub = try TestHub()
        for number in 1...9 { try hub.publish(.everyone, "\(number)") }
        let outlet = RecordingOutlet()
        outlet.isWritable = false
        let stream = try hub.connect("alice", after: hub.id(4), outlet: outlet)
        #expect(hub.log.readCount == 0)
        #expect(stream.data == [])
        try hub.publish(.everyone, "10")
        stream.recover()
        hub.run()
        #expect(stream.data == (5...10).map(String.init))
    }
}
