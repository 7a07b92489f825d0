// When a node that is cut off from its log sends its streams to others. A value; the time is passed in.

internal import NIOCore

/// Gives up once for each time that the log is away.
struct GiveUp: Sendable {
    private let limit: TimeAmount
    private var since: NIODeadline?
    private var hasGivenUp = false

    /// - Parameter limit: how long the log may be away (`log.jetstream.give_up`); zero is for ever.
    init(after limit: TimeAmount) { self.limit = limit }

    /// Looks how it is.
    ///
    /// - Parameter others: when no other node has the log either, there is nowhere to send streams to.
    /// - Returns: whether to end the streams now.
    mutating func look(isCutOff: Bool, others: NodeBook.Others, at now: NIODeadline) -> Bool {
        guard isCutOff else {
            (since, hasGivenUp) = (nil, false)
            return false
        }
        let began = since ?? now
        since = began
        guard limit > .zero, !hasGivenUp, began + limit <= now, others != .cutOff else { return false }
        hasGivenUp = true
        return true
    }
}
