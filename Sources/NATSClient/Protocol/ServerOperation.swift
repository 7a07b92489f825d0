// What a server sends, read and checked.

/// A subscription's number on a connection (`sid`), which this client gives out.
package struct SubscriptionID: Sendable, Hashable, CustomStringConvertible {
    let number: UInt64

    /// The number.
    package var description: String { String(number) }
}

/// One operation of the server's side of the protocol.
enum ServerOperation: Sendable, Equatable {
    /// `INFO`: what the server is; at the beginning, and when that changes.
    case info(ServerInfo)
    /// `MSG` or `HMSG`.
    case message(Message, SubscriptionID)
    /// A message with more than ``ReadingLimits/messageBytes``, which was not kept.
    case oversized(SubscriptionID, Subject, bytes: Int)
    case ping
    case pong
    /// `+OK`, which a server sends to those who ask for it (`verbose`).
    case ok
    /// `-ERR`.
    case complaint(ServerComplaint)
}

/// How much of a server's is held at most.
package struct ReadingLimits: Sendable, Equatable {
    /// A line's length, in bytes. A server's own limit for those of clients (`max_control_line`) is 4,096, and a line
    /// for a subscriber has its number beside what the publisher has written.
    package var lineBytes = 8 << 10
    /// The length of an `INFO` line, which lists the servers of a cluster, in bytes.
    var infoBytes = 64 << 10
    /// Header and payload of one message, in bytes. A message that has more is skipped, and the subscription told. It
    /// is no matter of the server's `max_payload`, which may be raised while the connection lives.
    var messageBytes = 8 << 20

    package init() {}
}
