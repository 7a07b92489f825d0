internal import GatewayClient
internal import NIOCore
internal import NIOHTTP1

/// One stream of the fleet: whose it is, what it has had, and its state. A value: a handler has its connection.
struct FleetStream: Sendable {
    enum State {
        /// Not connected, and not to be.
        case away
        /// Being connected, or soon to be.
        case connecting
        case open
        /// The gateway refuses it, and it is not tried again.
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
    /// How many connections in a row have failed.
    var failures = 0

    init(kind: StreamKind, user: Int, record: DeliveryRecord) {
        self.kind = kind
        self.user = user
        self.record = record
    }
}

/// What a stream of the fleet is for.
enum StreamKind: Int, Sendable, CaseIterable {
    /// Reads what it gets. Disconnects and reconnects when it is told to.
    case ordinary
    /// Does not read until publishing is over.
    case stalled
    /// Reads what it gets and stays connected while the others reconnect.
    case steady
}

/// How a fleet asks for its streams.
enum FleetStreamRequests: Sendable {
    /// With each user's token.
    case gateway([BearerToken])
    /// At each user's path.
    case peer(PathTemplate)

    /// The head of the request for a user's stream.
    ///
    /// - Parameters:
    ///   - url: the server.
    ///   - user: the user's number.
    ///   - lastEventID: where to continue, as the server named it, whatever it means by that; empty for "from now on".
    func head(at url: GatewayURL, user: Int, lastEventID: String) -> HTTPRequestHead {
        switch self {
        case .gateway(let tokens):
            GatewayRequest.stream(at: url, token: tokens[user], topics: [], lastEventID: lastEventID)
        case .peer(let path): GatewayRequest.stream(at: url, target: url.target(path.path(user: user)), lastEventID)
        }
    }
}
