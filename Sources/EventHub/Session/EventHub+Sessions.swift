// What signing in again and signing out do to open streams. A hop per shard that has some of the user's: sessions
// change seldom.

package import NIOCore

extension EventHub {
    /// Moves the end of a session's open streams, without a reconnect.
    ///
    /// - Parameters:
    ///   - session: whose streams; only those of `user` are touched, so that to know a session's name is of no use.
    ///   - user: whom the new token names.
    ///   - lifetime: how long the new token is good.
    ///   - key: what it was signed with.
    ///   - permits: whether the new token grants all of a stream's topics. A stream with one that it does not keeps its
    ///     end.
    /// - Returns: how many streams last as long as the new token, or longer.
    package func extend(
        _ session: SessionID, of user: String, by lifetime: TimeAmount, key: UInt64? = nil,
        permits: @Sendable ([String]) -> Bool
    ) async -> Int {
        var count = 0
        for shard in shards(of: user) {
            count += await shard.extend(session, of: user, by: lifetime, key: key, permits: permits)
        }
        return count
    }

    /// Ends a session's open streams: its user has signed out, or goes on in another session.
    ///
    /// - Returns: how many there were.
    @discardableResult
    package func end(_ session: SessionID, of user: String, _ reason: StreamEnd = .signedOut) async -> Int {
        var count = 0
        for shard in shards(of: user) { count += await shard.end(session, of: user, reason) }
        return count
    }
}
