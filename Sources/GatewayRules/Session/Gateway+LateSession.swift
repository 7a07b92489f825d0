// A session that another node keeps, and that the log has not told this one of yet: a browser's next request may be
// here sooner than that.

internal import EventHub
internal import EventLog
internal import HTTPServing
internal import NIOCore

extension Gateway {
    /// How long a request waits for its session. A log that is further behind than that is not current.
    private static let patience = TimeAmount.seconds(2)

    /// - Returns: that the request can't be judged yet; then the peer says what it waits for, unless as many wait as
    ///   may. Nothing when there is nothing to wait for.
    func waiting(for name: KeptSession.Name, from peer: inout Peer) -> Problem? {
        guard hub.maySessionsComeLate, !peer.hasWaited else { return nil }
        let problem = Problem(EventLogError(.unavailable, "The session is not here yet."))
        let postponement = Postponement(limit: Self.patience)
        // Whether it will be nobody can say without waiting. At 401 an `EventSource` would stop for good.
        guard let cancel = hub.sessions.wait(for: name, then: { postponement.end() }) else { return problem }
        postponement.whenGivenUp(cancel)
        peer.postponement = postponement
        return problem
    }
}
