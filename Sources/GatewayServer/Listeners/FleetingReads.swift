// Where a connection's reads go. NIO keeps a buffer of each channel for its next read. A stream's client says something
// twice a day, and its buffer would be a third of what the stream holds.

internal import NIOCore

/// Gives each read a buffer that nobody keeps. Only the first one stays with the channel, so that one is small. It is
/// used again while no more is read than fits.
struct FleetingReads: RecvByteBufferAllocator {
    /// What is read decides how much is read next.
    private var sizes = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 65536)
    private var isFirst = true

    /// The hello of many clients fits in. What does not is read with the next one.
    static let keptBytes = 512

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        isFirst ? allocator.buffer(capacity: Self.keptBytes) : sizes.buffer(allocator: allocator)
    }

    /// - Returns: whether the next buffer may be larger than the one that is kept. Then NIO asks for a new one, and
    ///   does not keep that.
    mutating func record(actualReadBytes: Int) -> Bool {
        isFirst = false
        _ = sizes.record(actualReadBytes: actualReadBytes)
        return sizes.nextBufferSize() ?? 0 > Self.keptBytes
    }

    func nextBufferSize() -> Int? { nil }
}
