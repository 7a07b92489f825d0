// On which server a tail's consumer shall stand, as a value. NATS puts one that has no replicas on any of its stream's
// servers, by chance; from another one than the node is connected to each message has a way more to go.

internal import NIOCore

/// Chooses among consumers, of which as many can be made as it takes.
struct ConsumerPlacing: Sendable {
    /// How many are made at most: with three servers one in 650 nodes stays with a wrong one.
    static let tries = 16
    /// How long that may take, beside the first.
    static let time = TimeAmount.milliseconds(500)

    private let server: String
    private let deadline: NIODeadline
    private var tries = 1

    /// - Parameters:
    ///   - server: what the node is connected to; nothing when it is to none.
    ///   - servers: those that have the stream.
    /// - Returns: nothing where one consumer is as good as another.
    init?(near server: String?, of servers: [String], _ now: NIODeadline) {
        guard let server, servers.count > 1, servers.contains(server) else { return nil }
        (self.server, deadline) = (server, now + Self.time)
    }

    /// A consumer has been made.
    ///
    /// - Parameter place: on which server.
    /// - Returns: how long making another one may take; nothing when this one is to be taken.
    mutating func next(after place: String?, _ now: NIODeadline) -> TimeAmount? {
        guard let place, place != server, tries < Self.tries, now < deadline else { return nil }
        tries += 1
        return deadline - now
    }
}
