// An event on its way in (not yet in the log), an event in the log, and whom an event is for. Who may publish to an
// audience is the token's matter, not this room's.

package import EventStream
package import NIOCore

/// An event that a publisher wants in the log.
package struct NewEvent: Sendable {
    package let audience: Audience
    /// The `event:` field; the page hears a `message` event without one.
    package let name: EventName?
    /// The `data:` field, UTF-8. Line breaks are kept: each becomes a `data:` line of its own.
    package let data: ByteBuffer
    /// How long the event is worth replaying, in seconds from its append; nothing is as long as the log keeps it.
    package let timeToLive: Int64?
    /// What the request is called that brought it, where streams are to be told (`stream.request_field`).
    package let request: FieldValue?

    package init(
        audience: Audience, name: EventName?, data: ByteBuffer, timeToLive: Int64? = nil, request: FieldValue? = nil
    ) {
        // All are constants, in their order: else Swift makes an event, copies it and lets go of the first.
        self.audience = audience
        self.name = name
        self.data = data
        self.timeToLive = timeToLive
        self.request = request
    }
}

/// An event that the log holds: it has its place in the order, and is encoded once for all its streams.
package struct LoggedEvent: Sendable {
    package private(set) var sequence: Position
    package let audience: Audience
    package private(set) var frame: EventFrame
    /// Not replayed from here on; nothing is never.
    package let expiresAt: WallTime?
    /// When its publisher's request was accepted, as far as this process knows. In a gap of the record's: it costs no
    /// byte.
    package private(set) var acceptedAt: Stamp
    /// What it counts for wherever events are counted, in bytes: see ``EventCost``.
    package let cost: Int

    package init(
        sequence: Position, audience: Audience, frame: EventFrame, expiresAt: WallTime? = nil,
        acceptedAt: Stamp = .unknown
    ) {
        self.sequence = sequence
        self.audience = audience
        self.frame = frame
        self.expiresAt = expiresAt
        self.acceptedAt = acceptedAt
        cost = EventCost.bytes(frameBytes: frame.chunk.storageCapacity, audience: audience)
    }
}

extension LoggedEvent {
    /// An event that is encoded and has no place yet: ``place(at:)`` gives it one.
    package init(unplaced event: NewEvent, in epoch: Epoch, now: WallTime, acceptedAt: Stamp = .unknown) {
        self.init(
            sequence: 0, audience: event.audience, frame: EventFrame(unplaced: event, in: epoch),
            expiresAt: event.timeToLive.map { now.adding(seconds: $0) }, acceptedAt: acceptedAt)
    }

    /// Notes when it came, of an event that another process may have accepted.
    package mutating func accepted(at moment: Stamp) { acceptedAt = moment }

    /// Gives the event its place in the log.
    package mutating func place(at id: LoggedEventID) {
        sequence = id.sequence
        frame.place(at: id)
    }

    /// An event that has been given its place in the log.
    package init(_ event: NewEvent, epoch: Epoch, sequence: Position, now: WallTime) {
        self.init(unplaced: event, in: epoch, now: now)
        place(at: LoggedEventID(epoch: epoch, sequence: sequence))
    }
}

/// The streams that an event is meant for.
package enum Audience: Sendable, Hashable {
    /// Every stream of one user.
    case user(String)
    /// Every stream of several users; each name once.
    case users([String])
    /// Every stream that subscribed to the topic.
    case topic(String)
    /// Every stream.
    case everyone

    /// The audience's kind, as metrics name it.
    package var kind: String {
        switch self {
        case .user, .users: "user"
        case .topic: "topic"
        case .everyone: "everyone"
        }
    }
}

/// What one stream reads: its user's events, the topics that it asked for and was granted, and everyone's.
package struct Interest: Sendable, Hashable {
    /// The token's subject.
    package let user: String
    /// Each topic once.
    package let topics: [String]

    package init(user: String, topics: [String] = []) {
        self.user = user
        self.topics = topics
    }
}
