// What a sign-in and a sign-out do to open streams. It costs a hop to each shard that has streams of the user: sessions
// change seldom.

package import EventLog
package import NIOCore

extension EventHub {
    /// The sessions that the log keeps for browsers.
    package var sessions: SessionBoard { context.sessions }

    /// Whether a session may be kept that this node has not been told of yet.
    package var maySessionsComeLate: Bool { context.log.isShared }

    /// Keeps a session, or lets go of some.
    ///
    /// - Throws: when the log can't: then nothing has changed.
    package func record(_ order: SessionOrder) async throws(EventLogError) {
        let result = await withCheckedContinuation { continuation in
            context.log.record(order) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    /// Moves the end of a session's open streams without a reconnect.
    ///
    /// - Parameters:
    ///   - session: the session of the streams. Only those of `user` change, so that a stolen session's name is of no
    ///     use.
    ///   - user: the user of the new token.
    ///   - lifetime: how long the new token is valid.
    ///   - key: what it was signed with.
    ///   - token: what it is told by when it is revoked.
    ///   - permits: whether the new token grants all of a stream's topics. If it does not, the stream keeps its end.
    /// - Returns: how many streams last as long as the new token, or longer.
    package func extend(
        _ session: SessionID, of user: String, by lifetime: TimeAmount, key: UInt64? = nil,
        token: TokenMark = .unknown, permits: @Sendable ([String]) -> Bool
    ) async -> Int {
        var count = 0
        for shard in shards(of: user) {
            count += await shard.extend(
                session, of: user, by: lifetime, key: key, token: token, permits: permits)
        }
        return count
    }

    /// Ends the streams of sessions that are not kept any more, whoever let go of them, and on whichever node. All
    /// shards look: a stream that was let in just before may not be counted yet, and is when its loop comes to this. A
    /// system call for each shard under the log's lock, because sessions are seldom cut short.
    func endStreams(of sessions: [KeptSession]) {
        for kept in sessions {
            guard let session = SessionID(kept.session) else { continue }
            for shard in shards {
                shard.eventLoop.execute { shard.assumeIsolated { _ = $0.end(session, of: kept.user) } }
            }
        }
    }

    /// Has other nodes that share the log end a session's streams, in order with events.
    ///
    /// - Throws: when the log does not take the order.
    package func endElsewhere(
        _ session: SessionID, of user: String, _ reason: StreamEnd
    ) async throws(EventLogError) {
        guard context.log is any SharedEventLog else { return }
        try await disconnect(
            everywhere: Disconnection(
                number: UInt64.random(in: 1 ... .max), user: user, session: session.description,
                isRetryable: reason == .sessionReplaced, asker: ""))
    }

    /// Ends a session's open streams here, because its user has signed out or goes on in another session.
    ///
    /// - Returns: how many there were.
    @discardableResult
    package func end(_ session: SessionID, of user: String, _ reason: StreamEnd = .signedOut) async -> Int {
        var count = 0
        for shard in shards(of: user) { count += await shard.end(session, of: user, reason) }
        return count
    }
}
