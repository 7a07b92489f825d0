// The ways from HTTP to the socket: the short one for what is written, what it has not taken, and the end without a
// goodbye.

package import DeliveryPath
package import HTTP2Kit
package import NIOCore

/// The handler that stands before HTTP's in the pipeline and takes what they write: TLS.
///
/// A connection's last handler writes to it without the contexts of the pipeline in between, which are memory of their
/// own and do nothing for an event. Used on the connection's event loop.
package protocol WriteSink: AnyObject {
    /// Takes bytes; none of them need leave before ``flush()``.
    func write(_ bytes: ByteBuffer)

    /// Takes a frame of HTTP/2: its header, and the bytes that it is for.
    func write(_ bytes: ByteBuffer, behind header: DataFrameHeader)

    /// Sends what has been written.
    func flush()

    /// The same as ``write(_:)`` and ``flush()``.
    func writeAndFlush(_ bytes: ByteBuffer)

    /// The same as ``write(_:behind:)`` and ``flush()``.
    func writeAndFlush(_ bytes: ByteBuffer, behind header: DataFrameHeader)

    /// Adds what bytes pass from here to the socket.
    func join(_ path: inout DeliveryPath)

    /// Gives what it reads right to a connection's gate, which stands behind it; to the pipeline without one.
    func reads(for gate: RequestGate?)

    /// How many bytes of the connection the other end's kernel has not acknowledged, of those that have left this
    /// handler; nothing where nobody knows. It costs a system call.
    var unacknowledgedBytes: Int? { get }
}

extension WriteSink {
    package func writeAndFlush(_ bytes: ByteBuffer) {
        write(bytes)
        flush()
    }

    package func writeAndFlush(_ bytes: ByteBuffer, behind header: DataFrameHeader) {
        write(bytes, behind: header)
        flush()
    }
}

/// An outbound user event: close the socket now, without TLS's close_notify and without waiting for the peer's. TLS
/// does it, or who sits next to the socket where there is none.
package struct CutOff: Sendable {
    package init() {}
}

extension ChannelHandlerContext {
    /// Bytes that were written to the channel and that its socket has not taken.
    var unsentBytes: Int { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }
}
