import FrameClient
import Testing

@testable import HTTP2Kit

/// What may be sent past nghttp2, as a value.
@Suite struct DirectRoomTests {
    private func room(stream: Int, connection: Int) -> DirectRoom {
        var room = DirectRoom()
        room.open(streamWindow: stream, connectionWindow: connection)
        return room
    }

    @Test(arguments: [(10, 20), (20, 10)]) func `the narrower window counts`(stream: Int, connection: Int) {
        var room = room(stream: stream, connection: connection)
        // The third is exactly what is left.
        let taken = [11, 4, 6, 1].map { room.take($0) }
        #expect(taken == [false, true, true, false])
        #expect(room.untold == 10)
        #expect(room.untoldFrames == 2)
    }

    @Test(arguments: [(0, 100), (100, 0), (-5, 100), (100, -5)]) func `a window that is shut lets nothing pass`(
        stream: Int, connection: Int
    ) {
        var room = room(stream: stream, connection: connection)
        let isTaken = room.take(1)
        #expect(!isTaken)
        #expect(room.untold == 0)
    }

    @Test func `an empty frame does not pass`() {
        var room = room(stream: 100, connection: 100)
        let isTaken = room.take(0)
        #expect(!isTaken)
    }

    /// RFC 9113 §4.2.
    @Test func `a frame is no longer than every peer takes`() {
        var room = room(stream: 100_000, connection: 100_000)
        let taken = [16_385, 16_384].map { room.take($0) }
        #expect(taken == [false, true])
    }

    @Test func `nghttp2 is told before it is much`() {
        var room = room(stream: .max, connection: .max)
        var taken = 0
        while room.take(16_384) { taken += 16_384 }
        #expect(taken == 1 << 20)
        room.open(streamWindow: .max, connectionWindow: .max)
        let isTakenUntold = room.take(1)
        #expect(!isTakenUntold)
        room.told(taken)
        #expect(room.untoldFrames == 0)
        room.open(streamWindow: .max, connectionWindow: .max)
        let isTakenTold = room.take(1)
        #expect(isTakenTold)
    }

    @Test func `what is shut has to be opened`() {
        var room = room(stream: 100, connection: 100)
        room.shut()
        let isTaken = room.take(1)
        #expect(!isTaken)
    }

    @Test(arguments: [(1, 1), (200, 0x7fff_ffff), (16_384, 0x0102_0304)]) func `the header is a DATA frame's`(
        count: Int, stream: UInt32
    ) {
        let frame = Frame(.data, stream: stream, Array(repeating: 0, count: count))
        let header = DataFrameHeader(byteCount: count, stream: Int32(stream))
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: header.first >> UInt64(56 - 8 * $0)) } + [header.last]
        #expect(bytes == Array(frame.bytes.prefix(9)))
    }
}
