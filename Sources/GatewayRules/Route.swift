// The public surface, path by path.

internal import HTTPTypes

/// A path that the gateway serves.
enum Route: String {
    case stream = "/v1/stream"
    case publish = "/v1/publish"
    case session = "/v1/session"
    /// Tokens that are good no more.
    case revocations = "/v1/revocations"
    /// Who is connected.
    case users = "/v1/users"
    case userStreams = "/v1/users/{user}/streams"
    case userStream = "/v1/users/{user}/streams/{stream}"
    /// The module that pages import.
    case module = "/v1/sluice.js"
    /// Its types.
    case types = "/v1/sluice.d.ts"
    /// What is served here, for programs.
    case description = "/v1/openapi.yaml"

    /// - Parameter path: of a request's target, still percent-encoded.
    init?(path: String) {
        if let route = Route(rawValue: path) {
            self = route
        } else if let users = UserPath.segments(of: path) {
            self = users.stream == nil ? .userStreams : .userStream
        } else {
            return nil
        }
    }

    /// What some path takes.
    static let allMethods: [HTTPRequest.Method] = [.get, .head, .post, .delete, .options]

    /// What it takes, in the order that `Allow` has it.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .stream: [.get, .head, .options]
        case .publish: [.post, .options]
        case .session: [.post, .delete, .options]
        case .revocations: [.get, .head, .post, .options]
        case .users: [.get, .head, .options]
        case .userStreams: [.get, .head, .delete, .options]
        case .userStream: [.delete, .options]
        case .module, .types, .description: [.get, .head, .options]
        }
    }
}
