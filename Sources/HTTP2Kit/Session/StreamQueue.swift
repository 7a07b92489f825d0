// What waits to be sent on one stream: shared buffers, in their order. No limit of its own: whoever appends looks at the count.

internal import DequeModule
internal import NIOCore

/// A queue of bytes. The first buffer has a place of its own, so that a stream with one event at a time allocates nothing.
struct StreamQueue {
    private var first: ByteBuffer?
    private var rest: Deque<ByteBuffer> = []
    private(set) var byteCount = 0

    mutating func append(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        byteCount += bytes.readableBytes
        if first == nil { first = bytes } else { rest.append(bytes) }
    }

    /// Takes bytes from the front: a buffer, or the part of it that was asked for. Nothing when the queue is empty.
    mutating func take(atMost count: Int) -> ByteBuffer? {
        guard var buffer = first else { return nil }
        guard buffer.readableBytes > count else {
            first = rest.popFirst()
            byteCount -= buffer.readableBytes
            return buffer
        }
        let slice = buffer.readSlice(length: count)
        first = buffer
        byteCount -= count
        return slice
    }

    mutating func removeAll() { self = StreamQueue() }
}
