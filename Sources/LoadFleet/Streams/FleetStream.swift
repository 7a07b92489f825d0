internal import NIOCore

/// One stream of the fleet: who it is, what it has had, and where it stands. A value; its connection is a handler's.
struct FleetStream: Sendable {
    enum State {
        /// Not connected, and not to be.
        case away
        /// Being connected, or soon to be.
        case connecting
        case open
        /// The gateway does not take it; it is not tried again.
        case refused
    }

    let kind: StreamKind
    /// Whose token it has.
    let user: Int
    var record: DeliveryRecord
    var state = State.away
    /// Whether it was ever open: from then on events are expected.
    var wasOpen = false
    /// Sent as `Last-Event-ID`; empty when there is none.
    var lastEventID = ByteBuffer()
    /// Connections in a row that came to nothing.
    var failures = 0

    init(kind: StreamKind, user: Int, record: DeliveryRecord) {
        self.kind = kind
        self.user = user
        self.record = record
    }
}
