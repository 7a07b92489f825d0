// DATA frames that go to the peer without nghttp2. It keeps the windows all the same: it is told of such frames later,
// of many at once. What may go meanwhile, and what it has not been told of, are here as a value.

/// How much of one stream's body may be sent past nghttp2.
struct DirectRoom: Sendable, Equatable {
    /// Bytes that both windows have room for.
    private(set) var left = 0
    /// Bytes that have been sent and nghttp2 has not been told of. Its windows seem wider by as much.
    private(set) var untold = 0
    /// The frames that those were in.
    private(set) var untoldFrames = 0

    /// Every peer takes frames of this length (RFC 9113 §4.2).
    static let largestFrame = 16_384
    /// nghttp2 is told after as much as this, at the latest: that takes it one step for each frame of the largest
    /// length.
    static let mostUntold = 1 << 20

    init() {}

    /// Begins anew with windows as nghttp2 has them once it has been told of everything. A window can be less than
    /// nothing (RFC 9113 §6.9.2).
    mutating func open(streamWindow: Int, connectionWindow: Int) {
        left = max(0, min(streamWindow, connectionWindow, Self.mostUntold - untold))
    }

    /// Lets nothing pass until ``open(streamWindow:connectionWindow:)``.
    mutating func shut() { left = 0 }

    /// Takes room for a frame.
    ///
    /// - Parameter count: its bytes without its header; an empty one means nothing.
    /// - Returns: false when there is none.
    mutating func take(_ count: Int) -> Bool {
        guard count > 0, count <= left, count <= Self.largestFrame else { return false }
        left -= count
        untold += count
        untoldFrames += 1
        return true
    }

    /// nghttp2 knows of this many bytes more.
    mutating func told(_ count: Int) {
        untold -= count
        if untold == 0 { untoldFrames = 0 }
    }
}

/// The nine bytes before a body's bytes in their DATA frame (RFC 9113 §4.1, §6.1).
package struct DataFrameHeader: Sendable, Equatable {
    /// The first eight, in the network's order: length, type 0, no flags, and most of the stream's number.
    package let first: UInt64
    /// The ninth: the rest of that number.
    package let last: UInt8

    init(byteCount: Int, stream: Int32) {
        let number = UInt32(bitPattern: stream)
        first = UInt64(truncatingIfNeeded: byteCount) << 40 | UInt64(number >> 8)
        last = UInt8(truncatingIfNeeded: number)
    }
}
