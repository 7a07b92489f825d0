import EventLog
import NIOCore
import Testing

@testable import EventHub

/// An event that is offered and sent in one go, when something else of the stream has not left yet.
@Suite struct OfferedEventTests {
    private let outlet = RecordingOutlet()
    private let stream: HubStream

    init() {
        stream = HubStream(
            id: StreamID(number: 1), interest: Interest(user: "alice"), session: nil,
            term: StreamTerm(from: .uptimeNanoseconds(0), to: .distantFuture, notice: .zero), visit: .forTests,
            outlet: outlet, machine: StreamStateMachine(position: 0, isBehind: false, bufferLimit: 1024),
            now: .uptimeNanoseconds(0))
    }

    private static func event(_ number: Position) -> LoggedEvent {
        LoggedEvent(
            sequence: number, audience: .everyone,
            frame: EventFrame(id: nil, event: nil, data: ByteBuffer(string: "\(number)")))
    }

    /// What becomes of an event: whether its writer has to see to a flush, or nothing if it was not written.
    private func offer(_ number: Position, flushes: Bool = false) -> Bool? {
        switch stream.offer(Self.event(number), now: .uptimeNanoseconds(UInt64(number)), flushes: flushes) {
        case .written(let needsFlush): needsFlush
        case .held, .skipped, .overflowed: nil
        }
    }

    @Test func `it takes along the event before it, and leaves nothing to flush`() {
        #expect(offer(1) == true)
        #expect(outlet.flushCount == 0)
        #expect(offer(2, flushes: true) == false)
        #expect(outlet.data == ["1", "2"])
        #expect(outlet.flushCount == 1 && outlet.unflushedFrames == 0)
        // As the shard does with whatever asked for it before.
        stream.flush()
        #expect(outlet.flushCount == 1 && outlet.violations == [])
    }

    @Test func `it takes along what the gateway itself has to say`() {
        stream.write(.heartbeat, now: .uptimeNanoseconds(0))
        #expect(offer(1, flushes: true) == false)
        #expect(outlet.frames.map(\.bytes) == [EventFrame.heartbeat.bytes, Self.event(1).frame.bytes])
        #expect(outlet.flushCount == 1 && outlet.unflushedFrames == 0)
    }

    @Test func `the next event behind it asks for a flush again, once`() {
        #expect(offer(1, flushes: true) == false)
        #expect([offer(2), offer(3)] == [true, false])
        stream.flush()
        #expect(outlet.data == ["1", "2", "3"] && outlet.flushCount == 2)
    }

    /// A socket may say in the middle of a flush that it has room, and the stream has something for it.
    @Test func `what is written within its flush is flushed behind it`() {
        outlet.onFlush = { [outlet, stream] in
            outlet.onFlush = {}
            stream.write(.heartbeat, now: .uptimeNanoseconds(0))
        }
        #expect(offer(1, flushes: true) == true)
        #expect(outlet.unflushedFrames == 1)
        stream.flush()
        #expect(outlet.unflushedFrames == 0 && outlet.flushCount == 2)
    }

    @Test func `while the socket takes nothing it is held, and what was written before stays as it is`() {
        #expect(offer(1) == true)
        outlet.isWritable = false
        #expect(offer(2, flushes: true) == nil)
        #expect(outlet.data == ["1"] && outlet.flushCount == 0)
        outlet.isWritable = true
        #expect(stream.advance(now: .uptimeNanoseconds(3)) == nil)
        #expect(outlet.data == ["1", "2"] && outlet.unflushedFrames == 0)
        #expect(offer(3, flushes: true) == false)
        #expect(outlet.data == ["1", "2", "3"] && outlet.violations == [])
    }

    @Test func `it counts as the stream's last write`() {
        _ = offer(7, flushes: true)
        #expect(stream.lastWrite == .uptimeNanoseconds(7) && stream.eventCount == 1)
    }
}
