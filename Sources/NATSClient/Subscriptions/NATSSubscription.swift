// A subscription as its reader sees it: a sequence of messages, and of places where some are missing.

/// What comes for a subject. It ends when it is unsubscribed or drained, or with the client, and throws when the server
/// refuses it.
///
/// Only one task may read it. When nobody holds it any more it is unsubscribed.
package final class NATSSubscription: AsyncSequence, Sendable {
    package typealias Element = Delivery
    package typealias Failure = NATSError

    let id: SubscriptionID
    let mailbox: Mailbox
    private let client: NATSClient

    init(_ id: SubscriptionID, _ mailbox: Mailbox, of client: NATSClient) {
        (self.id, self.mailbox, self.client) = (id, mailbox, client)
    }

    deinit { client.forget(id) }

    /// Ends it. What waits is still read.
    package func unsubscribe() { client.forget(id) }

    /// Ends it when all has come that the server had sent for it. What waits is still read.
    package func drain() async throws(NATSError) { try await client.drain(id) }

    /// What has come and was not read, without waiting for more. For its one reader, which has just been given
    /// something.
    ///
    /// - Returns: `former`, and what waits behind it.
    package func takeWaiting(behind former: [Delivery] = [], most: Int) -> [Delivery] {
        mailbox.takeWaiting(behind: former, most: most)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(subscription: self) }

    package struct Iterator: AsyncIteratorProtocol {
        let subscription: NATSSubscription

        package mutating func next() async throws(NATSError) -> Delivery? { try await subscription.mailbox.next() }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(NATSError) -> Delivery? {
            try await subscription.mailbox.next()
        }
    }
}
