// Stands for a socket below TLS: it takes what it is given at once, or keeps it like a socket whose peer does not read.

import NIOCore

/// The end of a pipeline, where an `EmbeddedChannel` would keep every buffer for the test to read.
final class Socket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    /// Whether a flush lets go of the buffers.
    var takesEverything = true
    private(set) var bytesTaken = 0
    private(set) var writes = 0
    /// The storage that waiting buffers keep alive, in bytes.
    var waitingCapacity: Int { waiting.reduce(0) { $0 + $1.buffer.storageCapacity } }
    var waitingBytes: Int { waiting.reduce(0) { $0 + $1.buffer.readableBytes } }

    private var waiting: [(buffer: ByteBuffer, promise: EventLoopPromise<Void>?)] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writes += 1
        waiting.append((unwrapOutboundIn(data), promise))
    }

    func flush(context: ChannelHandlerContext) {
        if takesEverything { drain() }
    }

    /// Takes all that waits. The array's storage stays, so that a steady state allocates nothing here.
    func drain() {
        for (buffer, promise) in waiting {
            bytesTaken += buffer.readableBytes
            promise?.succeed(())
        }
        waiting.removeAll(keepingCapacity: true)
    }
}
