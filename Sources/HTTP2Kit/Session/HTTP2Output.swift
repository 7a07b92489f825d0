// Where frames are put together for the socket. Shared by the sessions of one event loop, so that an idle connection
// holds no buffer; whatever is put in is taken out before control returns to anyone else.

internal import NIOCore

/// Working memory for the sessions of one event loop. Confined to that loop.
package final class HTTP2Output {
    /// What the sessions of the loop are in.
    let memory = FrameMemory()
    private var gathered = ByteBuffer()
    private var pieces: [ByteBuffer] = []
    /// How many bytes have been put in since they were last taken.
    private(set) var byteCount = 0

    /// From this length on a buffer is passed on as it is. Below, copying it behind its frame's header costs less than
    /// a write of its own: TLS gathers what is small into one record anyway, by copying it.
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

    /// Hands over what has been put in, in as few buffers as it is without copying much.
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

    /// Begins anew, in the same memory if whoever took the last bytes has let go of them.
    func prepare() {
        gathered.clear()
    }

    private func cut() {
        guard let slice = gathered.readSlice(length: gathered.readableBytes), slice.readableBytes > 0 else { return }
        pieces.append(slice)
    }
}
