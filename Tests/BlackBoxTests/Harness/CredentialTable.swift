// Every credential from every page with every method, as requests.

/// One request of the table.
struct CredentialTable {
    /// How a request brings its token.
    enum Way: String, CaseIterable {
        case nothing, bearer, cookie
        /// A bearer token, and the cookie of another user.
        case both
        /// A cookie whose token has ended.
        case expired
    }

    /// Whose page is behind a request.
    enum Page: String, CaseIterable {
        case none, allowed, other
        /// A sandboxed page says `null` (HTML standard §7.1.1).
        case opaque
    }

    struct Tokens {
        let alice, bob, expired: String
    }

    static let allowed = "https://app.example"

    private static let requests = [
        ("GET", "/v1/stream"), ("HEAD", "/v1/stream"), ("POST", "/v1/publish"), ("POST", "/v1/session"),
        ("DELETE", "/v1/session"), ("PUT", "/v1/publish"), ("PATCH", "/v1/session"), ("OPTIONS", "/v1/stream"),
        ("OPTIONS", "/v1/publish"), ("OPTIONS", "/v1/session"),
    ]

    static let cases = Way.allCases.flatMap { way in
        Page.allCases.flatMap { page in
            requests.map { CredentialTable(way: way, page: page, method: $0.0, path: $0.1) }
        }
    }

    let way: Way
    let page: Page
    let method, path: String

    var place: String { "\(method) \(path) with \(way) from \(page)" }

    func request(_ tokens: Tokens, topic: String) -> Exchange {
        Exchange(
            method: method, path: path == "/v1/stream" ? "\(path)?topic=\(topic)" : path,
            fields: credentialFields(tokens) + originFields + contentFields,
            body: path == "/v1/publish" && method != "OPTIONS" ? #"{"to":{"everyone":true},"data":"x"}"# : nil)
    }

    private func credentialFields(_ tokens: Tokens) -> [[String]] {
        func cookie(_ token: String) -> [String] { ["Cookie", "theme=dark; __Host-sluice=\(token); lang=en"] }
        let bearer = ["Authorization", "Bearer \(tokens.alice)"]
        return switch way {
        case .nothing: []
        case .bearer: [bearer]
        case .cookie: [cookie(tokens.alice)]
        case .both: [bearer, cookie(tokens.bob)]
        case .expired: [cookie(tokens.expired)]
        }
    }

    private var originFields: [[String]] {
        switch page {
        case .none: []
        case .allowed: [["Origin", Self.allowed]]
        case .other: [["Origin", "https://evil.example"]]
        case .opaque: [["Origin", "null"]]
        }
    }

    private var contentFields: [[String]] {
        method == "OPTIONS"
            ? [["Access-Control-Request-Method", path == "/v1/stream" ? "GET" : "POST"]]
            : [["Content-Type", "application/json"]]
    }
}
