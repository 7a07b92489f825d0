// Where a connection's reads go. NIO keeps a buffer of each channel for its next read. A stream's client says something
// twice a day, and its buffer would be a tenth of what the stream holds.

internal import NIOCore

/// Gives each read a buffer that nobody keeps. Only the first one stays with the channel, so that one is tiny: it holds
/// the beginning of a record. The channel reads the rest at once, because the first read has filled its buffer.
///
/// It is no larger than three words, which NIO's channel holds without an allocation.
struct FleetingReads: RecvByteBufferAllocator {
    /// How much is read next.
    private var bytes: UInt32 = 2048
    private var isFirst = true
    /// Whether the last read would have fitted in half.
    private var wasSmall = false

    /// Enough to tell TLS from everything else.
    static let firstBytes = 16
    private static let sizes: ClosedRange<UInt32> = 512...65_536

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(capacity: isFirst ? Self.firstBytes : Int(bytes))
    }

    /// What is read decides how much is read next: twice as much behind a buffer that was filled, and half as much
    /// behind two reads that did not need more.
    ///
    /// - Returns: true, so that NIO asks for a new buffer, and does not keep that.
    mutating func record(actualReadBytes: Int) -> Bool {
        defer { isFirst = false }
        guard !isFirst else { return true }
        let isSmall = actualReadBytes <= Int(bytes / 2)
        if actualReadBytes >= Int(bytes) {
            bytes = min(2 * bytes, Self.sizes.upperBound)
        } else if isSmall, wasSmall {
            bytes = max(bytes / 2, Self.sizes.lowerBound)
        }
        wasSmall = isSmall && !wasSmall
        return true
    }

    func nextBufferSize() -> Int? { nil }
}
