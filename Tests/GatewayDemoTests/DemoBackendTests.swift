// Who may do what with the demo's backend, without a socket.

import HTTPServing
import HTTPTypes
import Testing
import TokenAuth

@testable import GatewayDemo

@Suite struct DemoBackendTests {
    @Test(arguments: [
        ("/", "text/html"), ("/app.js", "text/javascript"), ("/style.css", "text/css"),
        ("/sluice.js", "text/javascript"),
    ])
    func `files of the page are served under a policy that lets it load nothing else`(
        path: String, type: String
    ) async throws {
        let answer = try await DemoBench().get(path)
        #expect(answer.status == .ok)
        #expect(answer.fields[.contentType]?.hasPrefix(type) == true)
        #expect(!answer.text.isEmpty)
        let policy = try #require(answer.fields[.contentSecurityPolicy])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self' https://localhost:8443; "))
        #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
        #expect(answer.fields[.xContentTypeOptions] == "nosniff")
    }

    @Test func `everything that the page's scripts import is served`() throws {
        for (path, file) in PageFile.all where path.hasSuffix(".js") {
            let text = file.answer.text
            for imported in text.matches(of: /from "\.?(\/[a-z]+\.js)"/).map({ String($0.1) }) {
                #expect(PageFile.all[imported] != nil, "\(path) imports \(imported)")
            }
        }
    }

    @Test func `the page has nothing inline that its policy would stop`() {
        let html = PageFile.all["/"]?.answer.text ?? ""
        for inline in [" style=", "<style", " onclick=", "<script>", "javascript:"] {
            #expect(!html.contains(inline), "\(inline)")
        }
    }

    @Test func `another name of this host is sent to the one that the gateway knows`() async throws {
        let bench = try DemoBench()
        var request = try bench.request(.get, "/")
        request.authority = "127.0.0.1:8444"
        let answer = await bench.answer(to: request)
        #expect(answer.status == .permanentRedirect)
        #expect(answer.fields[.location] == "https://localhost:8444/")
    }

    @Test func `signing in sets a cookie that no script and no other site can use`() async throws {
        let bench = try DemoBench()
        let answer = try await bench.post("/login", #"{"user":"alice"}"#)
        #expect(answer.status == .ok)
        let cookie = try #require(answer.fields[.setCookie])
        #expect(cookie.hasPrefix("__Host-demo=ey"))
        #expect(cookie.hasSuffix("; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Strict"))
        var request = try bench.request(.get, "/me")
        request.headerFields[.cookie] = cookie.split(separator: ";").first.map(String.init)
        #expect(await bench.answer(to: request).text.contains(#""user":"alice""#))
    }

    @Test func `signing out clears it`() async throws {
        let answer = try await DemoBench().post("/logout", "", as: "alice")
        #expect(answer.status == .noContent)
        #expect(answer.fields[.setCookie]?.hasPrefix("__Host-demo=; Path=/; Max-Age=0") == true)
    }

    @Test(arguments: ["mallory", "", "Alice", "alice "])
    func `only the demo's users sign in`(user: String) async throws {
        let answer = try await DemoBench().post("/login", #"{"user":"\#(user)"}"#)
        // Space around a name is not part of it.
        #expect(answer.status == (user == "alice " ? .ok : user.isEmpty ? .badRequest : .forbidden))
    }

    @Test func `a token of the gateway is no session of the demo, and the other way round`() async throws {
        let bench = try DemoBench()
        let issuer = try TokenIssuer(keys: bench.keys)
        let now = NumericDate(secondsSinceEpoch: DemoBench.now / 1000)
        let token = try issuer.issue(subject: "alice", lifetimeSeconds: 60, now: now)
        var request = try bench.request(.get, "/token")
        request.headerFields[.cookie] = "__Host-demo=\(token)"
        #expect(await bench.answer(to: request).status == .unauthorized)
        let session = try bench.sessions.setting("alice").split(separator: ";")[0].dropFirst("__Host-demo=".count)
        let gateway = TokenVerifier(keys: bench.keys, policy: TokenPolicy())
        #expect(throws: TokenRefusal.self) { try gateway.verify(session.utf8, now: now) }
    }

    // MARK: Tokens

    private func token(in answer: Answer) throws -> String {
        let parts = answer.text.split(separator: "\"")
        let index = try #require(parts.firstIndex(of: "token"))
        return String(parts[index + 2])
    }

    @Test func `a token is for the user of the session, short, and grants nothing more`() async throws {
        let bench = try DemoBench(names: .init(issuer: "https://demo", audience: "sluice"))
        let answer = try await bench.get("/token", as: "bob")
        #expect(answer.fields[.cacheControl] == "no-store")
        let verifier = TokenVerifier(keys: bench.keys, policy: TokenPolicy(issuer: "https://demo", audience: "sluice"))
        let now = NumericDate(secondsSinceEpoch: DemoBench.now / 1000)
        let claims = try verifier.verify(try token(in: answer).utf8, now: now)
        #expect(claims.subject == "bob")
        #expect(claims.grants == .none)
        #expect(claims.expiresAt.secondsSinceEpoch == DemoBench.now / 1000 + 600)
    }

    @Test(arguments: [
        ("?seconds=8", HTTPResponse.Status.ok), ("?seconds=600", .ok), ("?seconds=601", .badRequest),
        ("?seconds=0", .badRequest), ("?seconds=soon", .badRequest), ("?seconds=-1", .badRequest),
    ])
    func `a token may be shorter, not longer`(query: String, status: HTTPResponse.Status) async throws {
        #expect(try await DemoBench().get("/token\(query)", as: "alice").status == status)
    }

    @Test(arguments: ["/token", "/inbox"])
    func `without a session there is nothing to read`(path: String) async throws {
        let answer = try await DemoBench().get(path)
        #expect(answer.status == .unauthorized)
        #expect(answer.refusal == "signed-out")
    }

    // MARK: A cluster

    private let cluster = DemoSettings.Cluster(
        gateways: ["https://localhost:8443", "https://localhost:8450"], control: "http://127.0.0.1:8466")

    @Test func `on a cluster the page knows its addresses, and may talk to them`() async throws {
        let bench = try DemoBench(cluster: ClusterPage(cluster: cluster) { _ in [] })
        let answer = try await bench.get("/me")
        #expect(answer.text.contains(#""gateways":["https://localhost:8443","https://localhost:8450"]"#))
        let policy = answer.fields[.contentSecurityPolicy] ?? ""
        let peers = "https://localhost:8443 https://localhost:8450 http://127.0.0.1:8466"
        #expect(policy.contains("connect-src 'self' \(peers); "))
        #expect(policy.contains("script-src 'self' https://localhost:8443; "))
    }

    @Test func `where a user's streams are is told to that user alone`() async throws {
        let bench = try DemoBench(cluster: ClusterPage(cluster: cluster) { [#"{"node":"\#($0)"}"#] })
        #expect(try await bench.get("/streams").status == .unauthorized)
        let answer = try await bench.get("/streams", as: "bob")
        #expect(answer.text == #"{"user":"bob","streams":[{"node":"bob"}]}"#)
        #expect(answer.fields[.contentSecurityPolicy] != nil)
        #expect(try await DemoBench().get("/streams", as: "bob").status == .notFound)
    }

    @Test func `gateways that can't be asked are a problem of the moment`() async throws {
        let bench = try DemoBench(cluster: ClusterPage(cluster: cluster) { _ in throw DemoError("away") })
        let answer = try await bench.get("/streams", as: "bob")
        #expect(answer.status == .serviceUnavailable && answer.refusal == "streams-unknown")
    }

    @Test func `a tab's own topic is all that a token grants there`() async throws {
        let bench = try DemoBench(cluster: ClusterPage(cluster: cluster) { _ in [] })
        let token = try token(in: try await bench.get("/token", as: "bob"))
        let now = NumericDate(secondsSinceEpoch: DemoBench.now / 1000)
        let grants = try TokenVerifier(keys: bench.keys, policy: TokenPolicy()).verify(token.utf8, now: now).grants
        #expect(grants == (try Grants(subscribe: ["tab/*"])))
    }

    // MARK: CSRF

    @Test(arguments: [nil, "https://evil.example", "https://localhost:8443", "https://localhost:8444/", "null"])
    func `what changes something needs the page's own origin`(origin: String?) async throws {
        let bench = try DemoBench()
        for path in ["/login", "/logout", "/posts", "/posts/1/comments", "/time"] {
            let request = try bench.request(.post, path, as: "alice", origin: origin)
            #expect(await bench.answer(to: request, #"{"text":"x"}"#).status == .forbidden, "\(path)")
        }
        #expect(bench.publisher.events.isEmpty)
    }

    @Test(arguments: ["/posts", "/posts/1/comments", "/posts/1/reactions", "/inbox/read", "/time"])
    func `what changes something needs a session`(path: String) async throws {
        let bench = try DemoBench()
        #expect(try await bench.post(path, #"{"text":"x","reaction":"like"}"#).status == .unauthorized)
        #expect(bench.publisher.events.isEmpty)
    }

    // MARK: Requests that are wrong

    @Test(arguments: ["/nothing", "/posts/1", "/..", "/style.css/", "/index.html"])
    func `there is nothing elsewhere`(path: String) async throws {
        #expect(try await DemoBench().get(path, as: "alice").status == .notFound)
    }

    @Test(arguments: ["/nothing", "/posts/99/comments", "/posts/x/comments", "/posts/1/2/3", "/inbox", "/time/alice"])
    func `nothing can be done elsewhere`(path: String) async throws {
        #expect(try await DemoBench().post(path, #"{"text":"x"}"#, as: "alice").status == .notFound)
    }

    @Test(arguments: [HTTPRequest.Method.put, .delete, .patch, .options])
    func `other methods are refused`(method: HTTPRequest.Method) async throws {
        let bench = try DemoBench()
        let answer = await bench.answer(to: try bench.request(method, "/posts", as: "alice"))
        #expect(answer.status == .methodNotAllowed)
        #expect(answer.fields[.allow] == "GET, POST")
        #expect(answer.fields[.contentSecurityPolicy] != nil)
    }

    @Test(arguments: ["", "{}", "[]", "{", #"{"text":1}"#, #"{"text":""}"#, #"{"text":" \n "}"#, "\u{0}"])
    func `a body has to be an object of texts`(body: String) async throws {
        let bench = try DemoBench()
        #expect(try await bench.post("/posts", body, as: "alice").status == .badRequest)
        #expect(bench.publisher.events.isEmpty)
    }

    @Test func `a text has an end`() async throws {
        let bench = try DemoBench()
        let fits = String(repeating: "x", count: Board.Limit.textBytes)
        #expect(try await bench.post("/posts", #"{"text":"\#(fits)"}"#, as: "alice").status == .created)
        #expect(try await bench.post("/posts", #"{"text":"\#(fits)x"}"#, as: "alice").status == .badRequest)
    }
}
