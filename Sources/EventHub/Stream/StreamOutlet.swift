// Where a stream's bytes leave the hub. The hub decides what and when; an outlet only writes.

package import DeliveryPath
package import EventLog

/// The way out of one stream: one HTTP/1.1 connection or one stream of an HTTP/2 connection.
///
/// Used on the event loop of the stream's shard only.
package protocol StreamOutlet: AnyObject {
    /// Whether the socket takes bytes now. When it does so again, the outlet calls ``HubShard/becameWritable(_:)``.
    var isWritable: Bool { get }

    /// How many written bytes the socket has not taken; 0 while it is writable.
    var pendingBytes: Int { get }

    /// How many bytes of its connection the machine at the other end has not acknowledged: of the stream in this
    /// program, and of all that its connection sends there and in the kernel. Nothing where nobody knows. It costs a
    /// system call.
    var unacknowledgedBytes: Int? { get }

    /// What a frame passes on its way from here to the socket, this object first.
    var path: DeliveryPath { get }

    /// Takes a frame. It need not leave before ``flush()``.
    func write(_ frame: EventFrame)

    /// Sends what was written, in as few records and system calls as possible.
    func flush()

    /// The same as ``write(_:)`` and ``flush()``.
    func writeAndFlush(_ frame: EventFrame)

    /// Ends the stream. The hub has forgotten it, so no call in either direction follows.
    func end(_ reason: StreamEnd)
}

extension StreamOutlet {
    package var unacknowledgedBytes: Int? { nil }

    package var path: DeliveryPath { DeliveryPath() }

    package func writeAndFlush(_ frame: EventFrame) {
        write(frame)
        flush()
    }
}

/// Why a stream ended: the `reason` in metrics and in the log.
package enum StreamEnd: String, Sendable, CaseIterable {
    /// The client closed it, or its network did.
    case clientClosed = "client-closed"
    /// The token's `exp` has come.
    case tokenExpired = "token-expired"
    /// The key that its token was signed with is not accepted any more.
    case keyRemoved = "token-key-unknown"
    /// The token is revoked.
    case tokenRevoked = "token-revoked"
    /// An administrator has ended it, and its page should not come back by itself.
    case disconnected
    /// The same, and its page may come back.
    case disconnectedForNow = "disconnected-for-now"
    /// Its user has signed out of the session that it came from.
    case signedOut = "signed-out"
    /// The same user has signed in again, and the browser has another session's cookie now: its page comes back with
    /// that.
    case sessionReplaced = "session-replaced"
    /// The client read too slowly, its buffer was full, and the operator wants such streams ended.
    case bufferOverflow = "buffer-overflow"
    /// The client read too slowly for too long.
    case behindTooLong = "behind-limit"
    /// All buffers together were full, and this stream was the furthest behind.
    case buffersFull = "buffer-total"
    /// The gateway is going down.
    case draining
    /// The gateway was cut off from its log for so long that another one may be better.
    case cutOff = "log-cut-off"

    /// Whether the client is likely to read a last event. A stream that reads nothing is cut off instead.
    package var isOrderly: Bool {
        switch self {
        case .clientClosed, .bufferOverflow, .behindTooLong, .buffersFull: false
        case .tokenExpired, .keyRemoved, .tokenRevoked, .disconnected, .disconnectedForNow, .signedOut,
            .sessionReplaced, .draining, .cutOff:
            true
        }
    }
}
