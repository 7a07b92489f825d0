// A channel's socket, written to past the channel's queue. Opens and closes nothing, and reads nothing.

internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The way from the scratch memory right into a socket, while nothing waits in the channel before it.
///
/// A channel queues what it is given, with its promise, and writes the queue when it is flushed: that is a fifth of what a
/// small write costs. When the queue is empty and nobody asks for a promise, there is nothing to queue.
struct DirectSocket {
    private let handle: NIOBSDSocket.Handle
    /// Whose socket it is.
    private let channel: any Channel

    /// - Returns: `nil` for a channel that is none of a socket, as in tests.
    init?(of channel: any Channel) {
        let transport = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let handle = transport.flatMap({ $0 }) else { return nil }
        self.handle = handle
        self.channel = channel
    }

    /// Whether bytes wait in the channel's own queue: what is sent past them would overtake them.
    var hasQueue: Bool { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 1 > 0 }

    /// Sends what the socket takes now, while the channel is active: it keeps the descriptor open until then, and a number that is
    /// used after that could be somebody else's.
    ///
    /// - Parameter bytes: at least one.
    /// - Returns: how many bytes it took. An error takes none: whoever writes them the usual way then hears of it.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard channel.isActive else { return 0 }
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        #if canImport(Glibc)
            return max(0, Glibc.send(handle, bytes.baseAddress, bytes.count, flags))
        #else
            return max(0, Musl.send(handle, bytes.baseAddress, bytes.count, flags))
        #endif
    }
}
