// What comes to a shard between events, and is carried out there.

internal import EventLog

/// What a shard is told to do with streams, in order with events.
enum ShardOrder: Sendable {
    case end(EndOrder)
    /// A session goes on, by the word of a node that has verified its new token.
    case renew(SessionRenewal)
}
