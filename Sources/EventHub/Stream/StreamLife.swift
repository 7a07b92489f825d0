// A stream's life so far, as whoever keeps the operator's lines is told of it at its opening and at its end. Made then,
// and never on an event's way.

package import EventLog
package import NIOCore

/// What there is to say about a stream when it opens or ends.
package struct StreamLife: Sendable, Equatable {
    /// Of its shard.
    package let shard: Int
    package let id: StreamID
    package let interest: Interest
    /// Where its client is, as text.
    package let address: String?
    package let httpVersion: StreamVisitor.HTTPVersion
    package let since: WallTime
    /// How long it has been open.
    package let age: TimeAmount
    /// How many events of the log were written to it.
    package let events: UInt64
    /// Where it began in the log.
    package var from: Position = 0
    /// How far it was sent the log.
    package let lastEventID: LoggedEventID
    /// Whether it reads the log, because it missed something.
    package let isBehind: Bool
    /// What the request is called that opened it. Known at its opening only.
    package var request: String?

    /// Its `Sluice-Stream`.
    package var name: String { StreamName(shard: shard, number: id.number).description }

    package init(
        shard: Int, id: StreamID, interest: Interest, address: String?, httpVersion: StreamVisitor.HTTPVersion,
        since: WallTime, age: TimeAmount, events: UInt64, lastEventID: LoggedEventID, isBehind: Bool
    ) {
        (self.shard, self.id, self.interest, self.address) = (shard, id, interest, address)
        (self.httpVersion, self.since, self.age, self.events) = (httpVersion, since, age, events)
        (self.lastEventID, self.isBehind) = (lastEventID, isBehind)
    }
}

extension HubShard {
    func life(of stream: HubStream) -> StreamLife {
        var life = StreamLife(
            shard: number, id: stream.id, interest: stream.interest, address: stream.visit.address,
            httpVersion: stream.visit.httpVersion, since: stream.visit.since,
            age: eventLoop.now - stream.visit.opened, events: stream.eventCount,
            lastEventID: ahead[stream.id]?.id ?? eventID(stream.written), isBehind: stream.isBehind)
        life.from = stream.visit.from
        return life
    }
}
