// The public surface, path by path.

internal import HTTPTypes

/// A path that the gateway serves.
enum Route: String {
    case stream = "/v1/stream"
    case publish = "/v1/publish"
    case session = "/v1/session"
    /// The module that pages import.
    case module = "/v1/sluice.js"
    /// Its types.
    case types = "/v1/sluice.d.ts"
    /// What is served here, for programs.
    case description = "/v1/openapi.yaml"

    /// What some path takes.
    static let allMethods: [HTTPRequest.Method] = [.get, .head, .post, .delete, .options]

    /// What it takes, in the order that `Allow` has it.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .stream: [.get, .head, .options]
        case .publish: [.post, .options]
        case .session: [.post, .delete, .options]
        case .module, .types, .description: [.get, .head, .options]
        }
    }
}
