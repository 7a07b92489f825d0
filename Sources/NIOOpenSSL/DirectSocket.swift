// A channel's socket, for writes past the channel's queue. This type opens, closes and reads nothing.

internal import DeliveryPath
internal import Glibc
internal import NIOCore

/// Writes from the scratch memory right into a socket, while the channel's queue is empty.
///
/// A channel queues each write with its promise, and writes the queue at a flush. That is a fifth of the cost of a
/// small write. When the queue is empty and nobody asks for a promise, there is nothing to queue.
struct DirectSocket {
    private let handle: NIOBSDSocket.Handle
    /// The channel that owns the socket.
    private let channel: any Channel

    /// - Returns: `nil` for a channel without a socket, as in tests.
    init?(of channel: any Channel) {
        guard let core = channel._channelCore as? any NIOTransportAccessibleChannelCore,
            let handle = Self.handle(of: core)
        else { return nil }
        self.handle = handle
        self.channel = channel
    }

    /// The pipeline's `withUnsafeTransportIfAvailable` casts to a protocol with its associated type bound. For that the
    /// runtime builds the type anew, which took as long for each connection as all of HTTP's handlers.
    private static func handle(of core: some NIOTransportAccessibleChannelCore) -> NIOBSDSocket.Handle? {
        try? core.withUnsafeTransport { $0 as? NIOBSDSocket.Handle }
    }

    /// Adds the channel, which each ``send(_:)`` asks.
    func join(_ path: inout DeliveryPath) { path.add(channel) }

    /// Whether bytes wait in the channel's own queue. Bytes that are sent past the queue would overtake them.
    var hasQueue: Bool { (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 1 > 0 }

    /// How many bytes wait in the channel's own queue, and in the kernel's until the other end has acknowledged them
    /// (`SIOCOUTQ`, tcp(7)); nothing once the channel is closed.
    var unacknowledgedBytes: Int? {
        var count: CInt = 0
        guard channel.isActive, ioctl(handle, UInt(TIOCOUTQ), &count) == 0 else { return nil }
        return Int(count) + ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
    }

    /// Sends what the socket takes now, while the channel is active. An active channel keeps its descriptor open; after
    /// that the number could be somebody else's.
    ///
    /// - Parameter bytes: at least one.
    /// - Returns: how many bytes the socket took. After an error it is none: the usual write that follows hears of it.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard channel.isActive else { return 0 }
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        return max(0, Glibc.send(handle, bytes.baseAddress, bytes.count, flags))
    }
}
