// When to accept again after the system had no descriptor or no memory for one more connection, as a value.

internal import NIOCore

/// The pauses of one listener.
///
/// Accepting again at once would fail again at once: the connection that waits makes the socket readable for ever.
struct AcceptPauses: Sendable, Equatable {
    private static let shortest = TimeAmount.milliseconds(100)
    private static let longest = TimeAmount.seconds(1)
    /// Without a failure for so long, an episode is over.
    private static let calm = TimeAmount.seconds(5)

    private var next = AcceptPauses.shortest
    private var lastFailure: NIODeadline?

    /// A connection could not be accepted.
    ///
    /// - Returns: for how long to accept none, and whether this is the first time in a while: worth a word.
    mutating func failed(at now: NIODeadline) -> (pause: TimeAmount, isNews: Bool) {
        let isNews = lastFailure == nil
        let pause = next
        lastFailure = now
        next = min(next * 2, Self.longest)
        return (pause, isNews)
    }

    /// A connection was accepted.
    ///
    /// - Returns: whether an episode of failures is over with it.
    mutating func accepted(at now: NIODeadline) -> Bool {
        next = Self.shortest
        guard let lastFailure, now - lastFailure >= Self.calm else { return false }
        self.lastFailure = nil
        return true
    }
}
