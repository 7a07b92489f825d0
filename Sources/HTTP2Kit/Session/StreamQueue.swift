// What waits to be sent on one stream: shared buffers, in order. It has no limit of its own: whoever appends looks at
// the count.

internal import DequeModule
internal import NIOCore

/// A queue of bytes. The first buffer has a place of its own, so that a stream with one event at a time allocates
/// nothing.
struct StreamQueue {
    private var first: ByteBuffer?
    private var rest: Deque<ByteBuffer> = []
    private(set) var byteCount = 0
    /// For how many buffers `rest` has grown.
    private var places = 0

    /// An empty queue keeps room for this many buffers.
    private static let keptPlaces = 8

    /// How many buffers wait.
    var count: Int { first == nil ? 0 : 1 + rest.count }

    mutating func append(_ bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        byteCount += bytes.readableBytes
        guard first != nil else {
            first = bytes
            return
        }
        rest.append(bytes)
        places = max(places, rest.count)
    }

    /// Takes bytes from the front: a buffer, or the part of it that was asked for. Nothing when the queue is empty.
    mutating func take(atMost count: Int) -> ByteBuffer? {
        guard var buffer = first else { return nil }
        guard buffer.readableBytes > count else {
            first = rest.popFirst()
            if rest.isEmpty, places > Self.keptPlaces { letGo() }
            byteCount -= buffer.readableBytes
            return buffer
        }
        let slice = buffer.readSlice(length: count)
        first = buffer
        byteCount -= count
        return slice
    }

    /// A stream whose window is open must not keep the room that it needed at its worst.
    private mutating func letGo() {
        rest = []
        places = 0
    }

    mutating func removeAll() { self = StreamQueue() }
}
