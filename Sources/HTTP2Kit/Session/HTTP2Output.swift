// Where frames are put together for the socket. The sessions of one event loop share it, so that an idle connection
// holds no buffer. What a session puts in, it takes out before anyone else gets control.

internal import NIOCore

/// Working memory for the sessions of one event loop. Confined to that loop.
package final class HTTP2Output {
    /// The memory of the loop's sessions.
    let memory = FrameMemory()
    private var gathered = ByteBuffer()
    private var pieces: [ByteBuffer] = []
    /// How many bytes have been put in since they were last taken.
    private(set) var byteCount = 0

    /// A buffer of at least this length is passed on as it is. A shorter one is copied behind its frame's header, which
    /// costs less than a write of its own: TLS would copy small pieces into one record anyway.
    private static let sharedLength = 4096

    package init() {}

    func append(_ bytes: UnsafeRawBufferPointer) {
        byteCount += bytes.count
        gathered.writeBytes(bytes)
    }

    func append(_ bytes: ByteBuffer) {
        byteCount += bytes.readableBytes
        guard bytes.readableBytes >= Self.sharedLength else {
            gathered.writeImmutableBuffer(bytes)
            return
        }
        cut()
        pieces.append(bytes)
    }

    /// Hands over what has been put in, in few buffers, and without copying much.
    func take(_ write: (ByteBuffer) -> Void) {
        defer { byteCount = 0 }
        guard !pieces.isEmpty else {
            guard byteCount > 0, let slice = gathered.readSlice(length: gathered.readableBytes) else { return }
            return write(slice)
        }
        cut()
        for piece in pieces { write(piece) }
        pieces.removeAll(keepingCapacity: true)
    }

    /// Begins again, in the same memory if whoever took the last bytes has released them.
    func prepare() {
        gathered.clear()
    }

    private func cut() {
        guard let slice = gathered.readSlice(length: gathered.readableBytes), slice.readableBytes > 0 else { return }
        pieces.append(slice)
    }
}
