import HTTPServing
import HTTPTypes
import HTTPWire
import Testing

@testable import GatewayRules

/// Which pages may read what (WHATWG Fetch §3.2), for every credential and every method.
@Suite struct CORSTests {
    /// How a request brings its token.
    enum Way: String, CaseIterable {
        case nothing, bearer, cookie
    }

    /// Whose page is behind a request.
    enum Page: String, CaseIterable {
        case none, allowed, other

        var origin: String? {
            switch self {
            case .none: nil
            case .allowed: GatewayBench.allowedOrigin
            case .other: GatewayBench.otherOrigin
            }
        }
    }

    private static let requests: [(method: HTTPRequest.Method, path: String)] = [
        (.get, "/v1/stream"), (.head, "/v1/stream"), (.options, "/v1/stream"), (.post, "/v1/stream"),
        (.post, "/v1/publish"), (.options, "/v1/publish"), (.get, "/v1/publish"), (.get, "/nowhere"),
        (.post, "/v1/session"), (.delete, "/v1/session"), (.options, "/v1/session"), (.get, "/v1/session"),
        (.get, "/v1/stream?refusals=event"), (.head, "/v1/stream?refusals=event"),
    ]

    private static func fields(_ way: Way, _ page: Page, token: String) -> HTTPFields {
        var fields: HTTPFields = [.contentType: "application/json"]
        if let origin = page.origin { fields[.origin] = origin }
        switch way {
        case .nothing: break
        case .bearer: fields[.authorization] = "Bearer \(token)"
        case .cookie: fields[.cookie] = "theme=dark; __Host-sluice=\(token); lang=en"
        }
        return fields
    }

    /// What the request comes to, and the fields that go with it.
    private static func outcome(_ bench: GatewayBench, _ request: HTTPRequest) -> (text: String, fields: HTTPFields) {
        switch bench.judge(request) {
        case .answer(let answer): ("\(answer.status.code) \(answer.refusal ?? "")", answer.fields)
        case .stream(let plan): ("stream", (plan as? HubStreamPlan)?.fields ?? [:])
        case .collect(let plan): ("collect", plan.tooLarge().fields)
        case .postponed: ("postponed", [:])
        }
    }

    /// The outcome by the rules, written a second time and more simply.
    private static func expected(_ way: Way, _ page: Page, _ method: HTTPRequest.Method, _ path: String) -> String {
        if page == .other { return "403 origin-not-allowed" }
        switch (method, path) {
        case (_, "/nowhere"): return "404 path-unknown"
        case (.post, "/v1/stream"), (.get, "/v1/publish"), (.get, "/v1/session"): return "405 method-not-allowed"
        case (.options, _): return "204 "
        default: break
        }
        if way == .cookie, page == .none, method == .delete { return "403 origin-missing" }
        // Signing out never fails, signing in takes more than a cookie.
        if method == .delete { return "collect" }
        if path == "/v1/session", way == .cookie { return "401 token-missing" }
        if way == .nothing {
            return path.hasSuffix("=event") && method == .get ? "200 token-missing" : "401 token-missing"
        }
        if method == .post { return way == .cookie && page == .none ? "403 origin-missing" : "collect" }
        return method == .head ? "200 " : "stream"
    }

    @Test(arguments: Way.allCases, Page.allCases)
    func `each credential from each page with each method`(way: Way, page: Page) throws {
        let bench = try GatewayBench()
        let token = try bench.token(publish: ["everyone"])
        for (method, path) in Self.requests {
            let request = GatewayBench.request(method, path, Self.fields(way, page, token: token))
            let (text, fields) = Self.outcome(bench, request)
            let place = "\(method) \(path) with \(way) from \(page)"
            #expect(text == Self.expected(way, page, method, path), "\(place)")
            #expect(fields[values: .vary] == ["Origin"], "\(place): a cache must keep answers apart")
            if page == .allowed {
                #expect(fields[values: .accessControlAllowOrigin] == [GatewayBench.allowedOrigin], "\(place)")
                #expect(fields[values: .accessControlAllowCredentials] == ["true"], "\(place)")
                #expect(
                    fields[values: .accessControlExposeHeaders] == ["WWW-Authenticate, Sluice-Stream, X-Request-Id"],
                    "\(place)")
            } else {
                let names = fields.map(\.name.canonicalName)
                #expect(!names.contains { $0.hasPrefix("access-control-") }, "\(place): \(names)")
            }
        }
    }

    // MARK: Preflight

    private static func preflight(_ path: String, method: String, origin: String) -> HTTPRequest {
        GatewayBench.request(
            .options, path,
            [
                .origin: origin, .accessControlRequestMethod: method,
                .accessControlRequestHeaders: "authorization,content-type",
            ])
    }

    @Test(arguments: [
        ("/v1/stream", "GET, HEAD, OPTIONS"), ("/v1/publish", "POST, OPTIONS"),
        ("/v1/session", "POST, DELETE, OPTIONS"),
    ])
    func `a preflight needs no credential and is told all that it asks for`(path: String, methods: String) throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(
            Self.preflight(path, method: "POST", origin: GatewayBench.allowedOrigin))
        #expect(answer.status == .noContent)
        #expect(answer.text.isEmpty)
        #expect(answer.fields[.accessControlAllowMethods] == methods)
        let headers = (answer.fields[.accessControlAllowHeaders] ?? "").lowercased()
        for name in ["authorization", "content-type", "last-event-id", "idempotency-key"] {
            #expect(headers.contains(name))
        }
        #expect(answer.fields[.accessControlMaxAge] == "600")
        #expect(answer.fields[.accessControlAllowOrigin] == GatewayBench.allowedOrigin)
        #expect(answer.fields[.vary] == "Origin")
    }

    @Test func `a preflight from another page gets nothing`() throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(
            Self.preflight("/v1/stream", method: "GET", origin: GatewayBench.otherOrigin))
        #expect(answer.status == .forbidden)
        #expect(answer.fields[.accessControlAllowMethods] == nil)
        #expect(answer.fields[.accessControlAllowOrigin] == nil)
    }

    @Test func `OPTIONS without a page tells what there is`() throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(GatewayBench.request(.options, "/v1/publish"))
        #expect(answer.status == .noContent)
        #expect(answer.fields[.allow] == "POST, OPTIONS")
    }

    // MARK: What an origin is compared with

    @Test(arguments: [
        "https://app.example:443", "https://app.example/", "https://APP.example", "http://app.example",
        "https://app.example.evil.example", "https://evil.example/https://app.example", "null", "*", "",
        "https://app.example, https://app.example", "https://app.example:8443", "app.example",
    ])
    func `an origin is allowed as a whole or not at all`(origin: String) throws {
        let bench = try GatewayBench()
        let token = try bench.token()
        let answer = try bench.answer(GatewayBench.request(token: token, [.origin: origin]))
        #expect(answer.status == .forbidden)
        #expect(answer.code == "origin-not-allowed")
        #expect(answer.fields[.accessControlAllowOrigin] == nil)
        let isNear = ["http://app.example", "https://app.example:443", "https://app.example:8443"].contains(origin)
        #expect(answer.text.contains("https://app.example is.") == isNear)
        #expect(origin.count < 3 || isNear || !answer.text.contains(origin), "nothing of a request is repeated")
    }

    /// A page's developer reads it in the answer, its operator in the log.
    @Test(arguments: [
        ("http://localhost:3000", "https://localhost:3000"), ("https://127.0.0.1:3000", "https://localhost:3000"),
        ("http://[::1]:5173", "https://localhost:3000"), ("https://app.example:3000", "https://app.example"),
        ("http://admin.example", "https://admin.example:8443"),
    ])
    func `an origin that is nearly an allowed one is told which`(origin: String, allowed: String) throws {
        let list = ["https://app.example", "https://localhost:3000", "https://admin.example:8443"]
        let near = try #require(NearOrigin(origin, in: try list.map { try Origin($0) }))
        #expect((near.refused, near.allowed) == (origin, allowed))
        let answer = try GatewayBench(origins: list).answer(GatewayBench.request(.get, "/v1/stream", [.origin: origin]))
        #expect(answer.detail?.hasPrefix("\(origin) is not in cors.origins; \(allowed) is. ") == true)
        #expect(answer.fields[.accessControlAllowOrigin] == nil)
    }

    /// What is no origin is not repeated, and a stranger learns nothing of the list.
    @Test(arguments: [
        "https://evil.example", "https://example", "https://app.example.", "http://app.example/", "http://app.example:",
        "http://app.example:123456", "http://app.example\r\nX: y", "http://[app.example", "http://app.example:8x",
        "ftp://app.example", "http://", "null", "", "http://app.example, https://app.example", "http://APP.example",
        "http://u@app.example", "http://" + String(repeating: "a", count: 300),
    ])
    func `what is no near origin is told nothing`(origin: String) throws {
        #expect(NearOrigin(origin, in: [try Origin("https://app.example")]) == nil)
    }

    @Test func `two Origin fields are refused, also when one is allowed`() throws {
        let bench = try GatewayBench()
        var fields: HTTPFields = [.origin: GatewayBench.allowedOrigin]
        fields.append(HTTPField(name: .origin, value: GatewayBench.otherOrigin))
        let answer = try bench.answer(GatewayBench.request(token: try bench.token(), fields))
        #expect(answer.code == "origin-not-allowed")
    }

    @Test func `without a list every page is refused`() throws {
        let bench = try GatewayBench(origins: [])
        let token = try bench.token()
        let answer = try bench.answer(GatewayBench.request(token: token, [.origin: GatewayBench.allowedOrigin]))
        #expect(answer.code == "origin-not-allowed")
        _ = try bench.stream(GatewayBench.request(token: token))
    }

    @Test func `each of several pages gets its own name`() throws {
        let origins = [GatewayBench.allowedOrigin, "http://localhost:3000", "https://admin.example:8443"]
        let bench = try GatewayBench(origins: origins)
        for origin in origins {
            let plan = try bench.stream(GatewayBench.request(token: try bench.token(), [.origin: origin]))
            #expect(plan.fields[.accessControlAllowOrigin] == origin)
        }
    }

    @Test func `the answer to a published event can be read by its page, good or bad`() async throws {
        let bench = try GatewayBench()
        for body in [#"{"to":{"everyone":true},"data":"x"}"#, "nonsense"] {
            let answer = try await bench.publish(body, [.origin: GatewayBench.allowedOrigin])
            #expect(answer.fields[.accessControlAllowOrigin] == GatewayBench.allowedOrigin)
            #expect(answer.fields[values: .vary] == ["Origin"])
        }
    }
}
