// An order to end a user's streams, as it travels to all nodes of a shared log: an administrator's, or one who signs
// out. It is kept by nobody: whoever opens a stream behind it keeps the stream.

/// Ends streams of one user, at every node or at one.
package struct Disconnection: Sendable, Hashable {
    /// Tells it from all others; who asked finds the answers by it.
    package let number: UInt64
    package let user: String
    /// The one stream to end, by its name; without it all.
    package let stream: String?
    /// The one session whose streams are meant; without it all.
    package let session: String?
    /// The one node whose streams are meant; without it all nodes'.
    package let node: String?
    /// Whether the page is told to come back by itself.
    package let isRetryable: Bool
    /// The node that is told how many streams ended; nobody where it is empty.
    package let asker: String

    /// - Parameters:
    ///   - number: a random one.
    ///   - stream: the one to end; without it all.
    ///   - session: whose streams are meant; without it all.
    ///   - node: the node that is meant; without it all.
    ///   - asker: the node that is told how many streams ended.
    package init(
        number: UInt64, user: String, stream: String? = nil, session: String? = nil, node: String? = nil,
        isRetryable: Bool, asker: String
    ) {
        (self.number, self.user, self.stream, self.session, self.node) = (number, user, stream, session, node)
        (self.isRetryable, self.asker) = (isRetryable, asker)
    }
}

/// Who wants to hear how many streams of each node an order has ended.
package struct EndQuestion: Sendable, Hashable {
    /// Tells it from all others: a random one.
    package let number: UInt64
    /// The node that is told.
    package let asker: String

    package init(number: UInt64, asker: String) { (self.number, self.asker) = (number, asker) }
}

extension Disconnection {
    /// Who asked for it wants to hear how many.
    package var question: EndQuestion { EndQuestion(number: number, asker: asker) }
}

/// A log that several nodes append to, and by which they are told what each of them has to do.
package protocol SharedEventLog: EventLog {
    /// Has every node's tail told of an order, in order with events: this one's own, too. A node that is cut off is
    /// told when it is back; one that the log's retention has overtaken is not.
    ///
    /// - Parameter completion: called when the log has it.
    func disconnect(
        _ order: Disconnection, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void)

    /// Has every node's tail told that a session goes on, as of an order. A session that the log keeps needs none: a
    /// node hears of it by ``TailElement/sessions(_:)``.
    ///
    /// - Parameter completion: called when the log has it.
    func renew(
        _ renewal: SessionRenewal, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void)

    /// Revokes tokens, as ``EventLog/revoke(_:completion:)`` does, and has the question told with it. A node that hears
    /// of the revocation without it, because it was away, or the engine has lost it, does not answer.
    func revoke(
        _ revocation: Revocation, asked question: EndQuestion,
        completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void)
}
