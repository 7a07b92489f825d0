// What a socket has not taken. NIO knows it, and is asked only about connections that have stalled.

internal import NIOCore

extension ChannelHandlerContext {
    /// Bytes that were written to the channel and that its socket has not taken.
    var unsentBytes: Int { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0 }
}
