// How many streams an order has ended, over all shards.

internal import Synchronization

/// Adds up what shards have ended, and tells the sum once each is done.
final class EndTally: Sendable {
    private struct State {
        var ended = 0
        var shardsLeft: Int
        var waiting: [CheckedContinuation<Int, Never>] = []
    }

    private let state: Mutex<State>

    /// - Parameter shards: how many report.
    init(shards: Int) { state = Mutex(State(shardsLeft: shards)) }

    /// A shard has done its part.
    func shardIsDone(ended: Int) {
        let (sum, waiting) = state.withLock { state in
            state.ended += ended
            state.shardsLeft -= 1
            guard state.shardsLeft == 0 else { return (0, [CheckedContinuation<Int, Never>]()) }
            defer { state.waiting = [] }
            return (state.ended, state.waiting)
        }
        for continuation in waiting { continuation.resume(returning: sum) }
    }

    /// The sum, once all have reported.
    var sum: Int {
        get async {
            await withCheckedContinuation { continuation in
                let sum: Int? = state.withLock { state in
                    guard state.shardsLeft > 0 else { return state.ended }
                    state.waiting.append(continuation)
                    return nil
                }
                if let sum { continuation.resume(returning: sum) }
            }
        }
    }
}

/// Has streams end, as it comes to a shard.
struct EndOrder: Sendable {
    /// Which streams.
    enum Which: Sendable {
        /// Those whose tokens are revoked.
        case revoked(TokenMark.Revoked)
        /// A user's: all, or the one of this number.
        case ofUser(String, number: UInt64?, StreamEnd)
        /// Those of one of a user's sessions.
        case ofSession(SessionID, of: String, StreamEnd)
    }

    let which: Which
    /// Nothing where nobody asks.
    let tally: EndTally?
}
