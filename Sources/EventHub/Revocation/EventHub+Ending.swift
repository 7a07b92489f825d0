// Ends streams before their time: because their tokens are revoked, or because an administrator says so.

package import EventLog
internal import NIOCore
internal import Synchronization

extension EventHub {
    /// The revocations that are in force.
    package var revocations: RevocationBoard { context.revocations }

    /// Revokes tokens, and ends their streams.
    ///
    /// - Returns: how many streams that were, once they have ended; 0 when the log told of it under another value, as
    ///   one of several that it had joined. Each stream is counted for one of those who ask for the same.
    /// - Throws: when the log can't keep it: then it is not in force.
    package func revoke(_ revocation: Revocation) async throws(EventLogError) -> Int {
        let tally = EndTally(shards: shards.count)
        askers.withLock { $0[revocation, default: []].append(tally) }
        let result = await withCheckedContinuation { continuation in
            context.log.revoke(revocation) { continuation.resume(returning: $0) }
        }
        // The tail is told before the log completes. Whom it has not told under this value by then, it tells no more.
        let isUntold = forget(tally, of: revocation)
        try result.get()
        return isUntold ? 0 : await tally.sum
    }

    /// - Returns: whether it was still waiting for the tail.
    private func forget(_ tally: EndTally, of revocation: Revocation) -> Bool {
        askers.withLock { askers in
            guard let index = askers[revocation]?.firstIndex(where: { $0 === tally }) else { return false }
            askers[revocation]?.remove(at: index)
            if askers[revocation]?.isEmpty ?? false { askers[revocation] = nil }
            return true
        }
    }

    /// The tail tells of revocations: first to whoever verifies tokens, so that a stream that is opened now is either
    /// refused, or among those that its shard looks at.
    ///
    /// - Parameter question: of a node that wants to hear how many streams end here.
    func revoke(_ revocations: [Revocation], for question: EndQuestion? = nil) {
        context.revocations.add(revocations)
        let asked = askers.withLock { askers in revocations.map { askers.removeValue(forKey: $0) ?? [] } }
        for (revocation, tallies) in zip(revocations, asked) where !tallies.isEmpty {
            let revoked = TokenMark.Revoked([revocation])
            for tally in tallies { order(EndOrder(which: .revoked(revoked), tally: tally)) }
        }
        let others = zip(revocations, asked).filter(\.1.isEmpty).map(\.0)
        guard !others.isEmpty else { return }
        let tally = question.map { _ in EndTally(shards: shards.count) }
        order(EndOrder(which: .revoked(TokenMark.Revoked(others)), tally: tally))
        if let question, let tally { report(tally, to: question) }
    }

    /// Ends a user's streams. Their page may come back, since its token is as good as it was.
    ///
    /// - Parameters:
    ///   - stream: the one to end, by its name; without it all.
    ///   - isRetryable: whether the page is told to come back by itself.
    /// - Returns: how many there were, once they have ended.
    package func disconnect(_ user: String, stream: StreamName? = nil, isRetryable: Bool) async -> Int {
        let reason = isRetryable ? StreamEnd.disconnectedForNow : .disconnected
        // A loop that stands still holds up no answer about a user who has nothing there.
        let meant = shards(of: user).filter { stream == nil || $0.number == stream?.shard }
        guard !meant.isEmpty else { return 0 }
        let tally = EndTally(shards: meant.count)
        let order = EndOrder(which: .ofUser(user, number: stream?.number, reason), tally: tally)
        for shard in meant { shard.eventLoop.execute { shard.assumeIsolated { $0.obey(order) } } }
        return await tally.sum
    }

    func order(_ order: EndOrder) { postToAll { $0.post(order) } }
}
