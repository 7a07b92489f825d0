// Ends streams on the order of any node of a shared log, at its place among the events, and tells how many that were.

package import EventLog
internal import Synchronization

/// What a node of several is called, and whom it tells what it has done.
struct Membership: Sendable {
    let node: String
    let report: @Sendable (EndQuestion, Int) -> Void
}

extension EventHub {
    /// Makes this hub one of several that share a log.
    ///
    /// - Parameters:
    ///   - node: what the others call it.
    ///   - report: told of each order that was meant for this node, and how many streams have ended here for it. Called
    ///     on any thread.
    package func join(as node: String, report: @escaping @Sendable (EndQuestion, Int) -> Void) {
        membership.withLock { $0 = Membership(node: node, report: report) }
    }

    /// Has streams end at every node, or at one, in order with events.
    ///
    /// - Throws: when the log does not take the order: then no node has heard of it, or none will say so.
    package func disconnect(everywhere order: Disconnection) async throws(EventLogError) {
        let log = sharedLog
        try await withCheckedContinuation { continuation in
            log.disconnect(order) { continuation.resume(returning: $0) }
        }.get()
    }

    /// Revokes tokens at every node. Each tells who asks how many of its streams that ends.
    ///
    /// - Throws: when the log can't keep it: then it is not in force.
    package func revoke(everywhere revocation: Revocation, asked question: EndQuestion) async throws(EventLogError) {
        let log = sharedLog
        try await withCheckedContinuation { continuation in
            log.revoke(revocation, asked: question) { continuation.resume(returning: $0) }
        }.get()
    }

    private var sharedLog: any SharedEventLog {
        guard let log = context.log as? any SharedEventLog else {
            preconditionFailure("Only a hub of a shared log is asked to end streams at other nodes.")
        }
        return log
    }

    /// The tail tells of an order.
    func carryOut(_ order: Disconnection) {
        if let node = order.node, node != membership.withLock({ $0?.node }) { return }
        let (meant, which) = order.session.map { streams(of: $0, order) } ?? streams(of: order)
        let tally = EndTally(shards: meant.count)
        post(.end(EndOrder(which: which, tally: tally)), to: meant)
        if !order.asker.isEmpty { report(tally, to: order.question) }
    }

    private func streams(of order: Disconnection) -> ([HubShard], EndOrder.Which) {
        let stream = order.stream.flatMap { StreamName($0) }
        let isNamed = order.stream == nil || stream != nil
        let meant = isNamed ? shards(of: order.user).filter { stream == nil || $0.number == stream?.shard } : []
        let reason = order.isRetryable ? StreamEnd.disconnectedForNow : .disconnected
        return (meant, .ofUser(order.user, number: stream?.number, reason))
    }

    private func streams(of session: String, _ order: Disconnection) -> ([HubShard], EndOrder.Which) {
        let reason = order.isRetryable ? StreamEnd.sessionReplaced : .signedOut
        guard let id = SessionID(session) else { return ([], .ofUser(order.user, number: 0, reason)) }
        // A stream that was let in just before may not be counted yet, and is when its loop comes to this.
        return (shards, .ofSession(id, of: order.user, reason))
    }

    /// Tells who asked how many streams have ended, when it is known.
    func report(_ tally: EndTally, to question: EndQuestion) {
        guard let member = membership.withLock({ $0 }) else { return }
        // Shards take their time; the tail has none.
        Task { member.report(question, await tally.sum) }
    }
}
