// What a sign-in and a sign-out do to open streams. It costs a hop to each shard that has streams of the user: sessions
// change seldom.

package import EventLog
internal import NIOCore

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
    ///   - new: what the new token says.
    /// - Returns: how many streams of this node last as long as the new token, or longer.
    package func extend(_ session: SessionID, of user: String, by new: StreamRenewal) async -> Int {
        var count = 0
        for shard in shards(of: user) { count += await shard.extend(session, of: user, by: new) }
        return count
    }

    /// Has other nodes that share the log move the end of a session's streams, in order with what ends them.
    ///
    /// - Throws: when the log does not take it.
    package func extendElsewhere(_ renewal: SessionRenewal) async throws(EventLogError) {
        guard let log = context.log as? any SharedEventLog else { return }
        try await withCheckedContinuation { continuation in
            log.renew(renewal) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Has somebody judge what other nodes say of new tokens. Without, streams end with the tokens that they have.
    ///
    /// - Parameter judge: called on the event loop of a shard that has streams of the session.
    package func judgeRenewals(by judge: @escaping RenewalJudge) { context.judgeRenewals(by: judge) }

    /// The tail tells that a session goes on.
    func renew(_ renewal: SessionRenewal) {
        post(.renew(renewal), to: shards(of: renewal.user))
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
