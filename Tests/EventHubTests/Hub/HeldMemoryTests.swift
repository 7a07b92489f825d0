import CAllocationCounter
import EventLog
import NIOCore
import Testing

@testable import EventHub

/// What streams hold is what they are counted with, by the allocator's own account, and gone when they are.
@Suite struct HeldMemoryTests {
    private static func stream(outlet: RecordingOutlet, bufferLimit: Int = 1 << 30) throws -> HubStream {
        HubStream(
            id: StreamID(number: 1), interest: Interest(user: "alice"), session: nil,
            term: StreamTerm(from: .now(), to: .distantFuture, notice: .zero), visit: .forTests, outlet: outlet,
            machine: StreamStateMachine(position: 0, isBehind: false, bufferLimit: bufferLimit), now: .now())
    }

    /// An event that nobody else holds: the log has let go of it.
    private static func event(_ number: Int, dataBytes: Int) throws -> LoggedEvent {
        let data = ByteBuffer(repeating: 0x61, count: dataBytes)
        return LoggedEvent(
            NewEvent(audience: .user("alice"), name: nil, data: data), epoch: try #require(Epoch("testepoch")),
            sequence: Position(number), now: WallTime(milliseconds: 0))
    }

    /// The counts are where a queue has just grown, and where it is about to.
    @Test(arguments: [0, 1, 20, 90, 500, 5000], [100, 190, 1000])
    func `events that wait for one reader`(dataBytes: Int, count: Int) throws {
        // The Swift runtime takes 16 KiB for the types that it meets for the first time, and keeps them.
        _ = try Self.heldByEvents(dataBytes: dataBytes, count: count)
        let ratio = try Self.heldByEvents(dataBytes: dataBytes, count: count)
        #expect((0.35...1.05).contains(ratio), "\(ratio)")
    }

    /// What events that wait take up of what they are counted with.
    private static func heldByEvents(dataBytes: Int, count: Int) throws -> Double {
        let outlet = RecordingOutlet()
        let stream = try stream(outlet: outlet)
        outlet.isWritable = false
        let before = held_bytes()
        for number in 1...count { _ = stream.offer(try event(number, dataBytes: dataBytes), now: .now()) }
        return Double(held_bytes() - before) / Double(stream.bufferedBytes)
    }

    /// An outlet that keeps nothing, and takes as much as it is told.
    private final class Sink: StreamOutlet {
        var isWritable = false
        let pendingBytes = 0
        /// How many more writes it takes.
        var room = Int.max
        func write(_ frame: EventFrame) {
            room -= 1
            if room == 0 { isWritable = false }
        }
        func flush() {}
        func end(_ reason: StreamEnd) {}
    }

    @Test func `a reader that has caught up holds nothing of its worst time`() throws {
        // The Swift runtime takes 16 KiB for the types that it meets for the first time, and keeps them.
        _ = try Self.heldByAReader()
        let (ratio, left) = try Self.heldByAReader()
        #expect((0.35...1.05).contains(ratio), "\(ratio)")
        #expect(left < 1024, "\(left) bytes are left")
    }

    /// What a reader's events take up of what they are counted with, most of them gone out already; and what is left of
    /// them in the end.
    private static func heldByAReader() throws -> (ratio: Double, left: Int) {
        let sink = Sink()
        let stream = HubStream(
            id: StreamID(number: 1), interest: Interest(user: "alice"), session: nil,
            term: StreamTerm(from: .now(), to: .distantFuture, notice: .zero), visit: .forTests, outlet: sink,
            machine: StreamStateMachine(position: 0, isBehind: false, bufferLimit: 1 << 30), now: .now())
        let before = held_bytes()
        for number in 1...2000 { _ = stream.offer(try event(number, dataBytes: 1), now: .now()) }
        // What is left counts with the room that the queue still has.
        (sink.isWritable, sink.room) = (true, 1400)
        _ = stream.advance(now: .now())
        let ratio = Double(held_bytes() - before) / Double(stream.bufferedBytes)
        (sink.isWritable, sink.room) = (true, .max)
        _ = stream.advance(now: .now())
        #expect(stream.bufferedBytes == 0)
        return (ratio, held_bytes() - before)
    }

    /// One that ended used to wait in the timer wheel for its next heartbeat.
    @Test func `a stream that has ended is gone at once`() throws {
        let hub = try TestHub(limits: StreamLimits(streams: 5000, streamsPerUser: 5000, topicsPerStream: 1))
        let other = try hub.connect("other")
        let round = {
            var streams: [TestStream] = []
            for _ in 0..<1000 { streams.append(try hub.connect("alice")) }
            for stream in streams { stream.disconnect() }
        }
        // Tables and buckets grow once.
        try round()
        hub.advance(by: .seconds(60))
        let before = held_bytes()
        for _ in 0..<5 { try round() }
        let left = held_bytes() - before
        #expect(left < 32 * 1024, "\(left) bytes are left of 5000 streams")
        #expect(hub.hub.streamCount == 1)
        hub.advance(by: .seconds(60))
        #expect(other.outlet.heartbeatCount > 0)
    }
}
