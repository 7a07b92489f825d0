// How many places a listener has, and for how long who is not known may keep one.

internal import NIOCore

/// The limits of ``Seats``.
struct SeatLimits: Sendable, Equatable {
    /// Connections that are served at once.
    var connections: Int
    /// How many of them may be strangers.
    var strangers: Int
    /// Connections beside those, that are told to come again or asked to leave.
    var turnedAway: Int
    /// How long a stranger may stay, whatever it does; nil for as long as its other deadlines let it.
    var strangerLifetime: TimeAmount?
    /// How long one that is turned away may stay, its handshake included.
    var turnedAwayLifetime = TimeAmount.seconds(2)
    /// How long who was asked to leave may take for its last answer.
    var grace = TimeAmount.seconds(1)

    /// At least one stranger has a place: everybody begins as one. At most half are, so that strangers alone never fill
    /// a listener.
    init(connections: Int, strangers: Int, turnedAway: Int, strangerLifetime: TimeAmount?) {
        self.connections = connections
        self.strangers = max(1, min(strangers, connections / 2))
        self.turnedAway = turnedAway
        self.strangerLifetime = strangerLifetime
    }

    /// For a listener that knows nobody: all places are strangers'.
    init(strangers: Int) {
        (connections, self.strangers, turnedAway) = (strangers, strangers, 0)
    }
}
