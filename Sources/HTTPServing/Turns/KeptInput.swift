// Bytes that have been read and can't be handled yet, in their order.

internal import DequeModule
internal import NIOCore

/// What waits on one connection: for its next turn, for an answer to be made, or for answers to be taken.
///
/// At most what one read of the socket brings, because no further read is made meanwhile. But a client that closes its
/// side has all read that it has sent, however much: so what is beyond a limit is not looked at, and gets no answer.
/// The connection ends with it, and the client may send it again (RFC 9112 §9.3.2, RFC 9113 §8.7).
struct KeptInput {
    private var pieces: Deque<ByteBuffer> = []
    private var byteCount = 0
    /// Whether something was not kept. Nothing that follows it can be understood.
    private(set) var isCut = false

    /// More than one read of the socket brings.
    static let limit = 256 * 1024

    var isEmpty: Bool { pieces.isEmpty }

    /// - Returns: whether it waits: not when too much does.
    mutating func append(_ bytes: ByteBuffer) -> Bool {
        guard !isCut, byteCount <= Self.limit else {
            isCut = true
            return false
        }
        byteCount += bytes.readableBytes
        pieces.append(Self.alone(bytes))
        return true
    }

    /// The rest of what was taken last.
    mutating func putBack(_ rest: ByteBuffer) {
        byteCount += rest.readableBytes
        pieces.prepend(Self.alone(rest))
    }

    /// What waits keeps no more alive than twice what it counts: a few bytes may be the end of a large buffer.
    private static func alone(_ bytes: ByteBuffer) -> ByteBuffer {
        bytes.readableBytes * 2 < bytes.storageCapacity ? ByteBuffer(buffer: bytes) : bytes
    }

    mutating func popFirst() -> ByteBuffer? {
        let first = pieces.popFirst()
        byteCount -= first?.readableBytes ?? 0
        return first
    }

    mutating func removeAll() { (pieces, byteCount) = ([], 0) }
}
