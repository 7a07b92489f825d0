internal import GatewayClient
internal import NIOHTTP1

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
