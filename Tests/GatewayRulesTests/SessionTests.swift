import EventHub
import EventLog
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayRules
@testable import HTTPServing
@testable import TokenAuth

/// Signing in with a token, staying so, and signing out.
@Suite struct SessionTests {
    private static let fresh = String(repeating: "0", count: 32)
    private static let older = String(repeating: "7", count: 32)

    /// What a request for `/v1/session` is answered with once it is here as a whole.
    private static func answer(
        _ bench: GatewayBench, _ method: HTTPRequest.Method = .post, token: String? = nil, cookie: String? = nil,
        origin: String? = nil, site: String? = nil
    ) async throws -> Answer {
        var fields = HTTPFields()
        if let site { fields[try #require(HTTPField.Name("Sec-Fetch-Site"))] = site }
        if let cookie { fields[.cookie] = "theme=dark; __Host-sluice=\(cookie)" }
        if let origin { fields[.origin] = origin }
        switch bench.judge(GatewayBench.request(method, "/v1/session", token: token, fields)) {
        case .answer(let answer): return answer
        case .stream: throw NoResponse(text: "became a stream")
        case .postponed: throw NoResponse(text: "waits")
        case .collect(let plan):
            return await withCheckedContinuation { continuation in
                plan.respond(ByteBuffer()) { continuation.resume(returning: $0) }
            }
        }
    }

    // MARK: Signing in

    @Test func `a token becomes a cookie that lasts as long`() async throws {
        let bench = try GatewayBench()
        let token = try bench.token("alice", lifetime: 600)
        let answer = try await Self.answer(bench, token: token, origin: GatewayBench.allowedOrigin)
        #expect(answer.status == .ok)
        #expect(
            answer.fields[values: .setCookie] == [
                "__Host-sluice=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None; Partitioned",
                "__Host-sluice=\(Self.fresh).\(token); Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax",
            ])
        #expect(answer.fields[.cacheControl] == "no-store")
        #expect(answer.fields[.accessControlAllowOrigin] == GatewayBench.allowedOrigin)
        #expect(answer.text == #"{"user":"alice","expiresAt":1800000600,"expiresIn":600,"extended":0,"retry":3000}"#)
    }

    @Test(arguments: [
        (SameSite.lax, "SameSite=Lax"), (.strict, "SameSite=Strict"), (.none, "SameSite=None; Partitioned"),
    ])
    func `SameSite is as configured, and the cookie of the other kind is cleared before`(
        sameSite: SameSite, attributes: String
    ) async throws {
        var settings = GatewayBench.settings
        settings.sameSite = sameSite
        let bench = try GatewayBench(settings)
        let signIn = try await Self.answer(bench, token: try bench.token())
        let cookies = signIn.fields[values: .setCookie]
        try #require(cookies.count == 2)
        let other = sameSite == .none ? "SameSite=None" : "SameSite=None; Partitioned"
        #expect(cookies[0] == "__Host-sluice=; Path=/; Max-Age=0; Secure; HttpOnly; \(other)")
        #expect(cookies[1].hasPrefix("__Host-sluice=\(Self.fresh)."))
        #expect(cookies[1].hasSuffix("; Secure; HttpOnly; \(attributes)"))
        let signOut = try await Self.answer(bench, .delete, token: try bench.token())
        #expect(signOut.fields[values: .setCookie] == Self.cleared)
    }

    private static let cleared = ["SameSite=None", "SameSite=None; Partitioned"].map {
        "__Host-sluice=; Path=/; Max-Age=0; Secure; HttpOnly; \($0)"
    }

    /// The cookie would be dropped by the browser in silence (RFC 6265bis §5.7).
    @Test(
        arguments: [
            (.lax, "cross-site", true), (.strict, "cross-site", true), (.none, "cross-site", false),
            (.lax, "same-site", false), (.lax, "same-origin", false), (.lax, nil, false), (.lax, "CROSS-SITE", false),
        ] as [(SameSite, String?, Bool)])
    func `a page whose browser drops the cookie is told so`(
        sameSite: SameSite, site: String?, isDropped: Bool
    ) async throws {
        var settings = GatewayBench.settings
        settings.sameSite = sameSite
        let bench = try GatewayBench(settings)
        let answer = try await Self.answer(
            bench, token: try bench.token(), origin: GatewayBench.allowedOrigin, site: site)
        #expect(answer.status == .ok, "who reads with fetch and a token is not in need of the cookie")
        #expect((answer.code == "cookie-blocked") == isDropped)
        #expect((answer.detail?.contains("session.same_site: none") == true) == isDropped)
        var fields: HTTPFields = [.origin: GatewayBench.allowedOrigin]
        if let site { fields[try #require(HTTPField.Name("Sec-Fetch-Site"))] = site }
        let refusal = try bench.answer(GatewayBench.request(.get, "/v1/stream", fields))
        #expect(refusal.code == "token-missing")
        #expect((refusal.detail?.contains("session.same_site: none") == true) == isDropped)
    }

    @Test func `signing in again keeps the session`() async throws {
        let bench = try GatewayBench()
        let (old, new) = (try bench.token(lifetime: 10), try bench.token(lifetime: 600))
        let answer = try await Self.answer(bench, token: new, cookie: "\(Self.older).\(old)")
        #expect(answer.fields[values: .setCookie].last?.hasPrefix("__Host-sluice=\(Self.older).\(new);") == true)
    }

    /// A signature costs half a millisecond of an event loop with ES384, and strangers may send cookies too.
    @Test(arguments: [0, 1, 4])
    func `signing in and out checks each signature once`(count: Int) async throws {
        let bench = try GatewayBench()
        let cookies = try (0..<count).map { "\(Self.older).\(try bench.token(lifetime: 10 + Int64($0)))" }
        let cookie = count == 0 ? nil : cookies.joined(separator: "; __Host-sluice=")
        let signIn = try await Self.answer(bench, token: try bench.token(lifetime: 600), cookie: cookie)
        #expect(signIn.status == .ok && bench.gateway.verifier.signatureChecks == count + 1)
        let signOut = try await Self.answer(bench, .delete, cookie: cookie, origin: GatewayBench.allowedOrigin)
        #expect(signOut.status == .noContent && bench.gateway.verifier.signatureChecks == 2 * count + 1)
    }

    @Test func `a cookie does not renew itself`() async throws {
        let bench = try GatewayBench()
        let cookie = "\(Self.older).\(try bench.token())"
        let answer = try await Self.answer(bench, cookie: cookie, origin: GatewayBench.allowedOrigin)
        #expect(answer.status == .unauthorized)
        #expect(answer.code == "token-missing")
        #expect(answer.challenge == #"Bearer realm="sluice""#)
        #expect(answer.fields[.setCookie] == nil)
    }

    @Test func `a token that is refused makes no cookie`() async throws {
        let bench = try GatewayBench()
        let answer = try await Self.answer(bench, token: try bench.token(lifetime: 10, issuedAfter: -100))
        #expect(answer.code == "token-expired")
        #expect(answer.fields[.setCookie] == nil)
    }

    // MARK: Streams of a session

    private static func open(_ bench: GatewayBench, cookie: String) async throws -> Wire {
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\nCookie: __Host-sluice=\(cookie)\r\n\r\n")
        _ = try await wire.received()
        return wire
    }

    /// Runs the loop beside an answer that a shard has to be asked for.
    private static func answerWhileRunning(
        _ bench: GatewayBench, _ method: HTTPRequest.Method, token: String? = nil, cookie: String, origin: String? = nil
    ) async throws -> Answer {
        async let answer = answer(bench, method, token: token, cookie: cookie, origin: origin)
        let isDone = NIOLockedValueBox(false)
        let runner = Task {
            while !isDone.withLockedValue({ $0 }) {
                await bench.bench.loop.run()
                await Task.yield()
            }
        }
        let result = try await answer
        isDone.withLockedValue { $0 = true }
        await runner.value
        return result
    }

    @Test func `signing in again lets the session's streams go on`() async throws {
        let bench = try GatewayBench()
        let cookie = "\(Self.older).\(try bench.token(lifetime: 20))"
        let wire = try await Self.open(bench, cookie: cookie)
        let answer = try await Self.answerWhileRunning(
            bench, .post, token: try bench.token(lifetime: 600), cookie: cookie)
        #expect(answer.text.hasSuffix(#""extended":1,"retry":3000}"#))
        await bench.bench.pass(.seconds(100))
        #expect(!wire.isClosed)
        #expect(bench.bench.metrics.openedCount == 1)
    }

    @Test func `to know a session's name is of no use to another user`() async throws {
        let bench = try GatewayBench()
        let wire = try await Self.open(bench, cookie: "\(Self.older).\(try bench.token("alice", lifetime: 20))")
        let stolen = "\(Self.older).\(try bench.token("mallory"))"
        let signIn = try await Self.answerWhileRunning(bench, .post, token: try bench.token("mallory"), cookie: stolen)
        #expect(signIn.text.hasSuffix(#""extended":0,"retry":3000}"#))
        _ = try await Self.answerWhileRunning(
            bench, .delete, cookie: stolen, origin: GatewayBench.allowedOrigin)
        #expect(!wire.isClosed)
    }

    @Test func `signing out ends the session's streams with a word, and clears the cookie`() async throws {
        let bench = try GatewayBench()
        let cookie = "\(Self.older).\(try bench.token())"
        let wire = try await Self.open(bench, cookie: cookie)
        let answer = try await Self.answerWhileRunning(
            bench, .delete, cookie: cookie, origin: GatewayBench.allowedOrigin)
        #expect(answer.status == .noContent)
        #expect(answer.fields[values: .setCookie] == Self.cleared)
        #expect(try await wire.received().contains(#"{"code":"signed-out","#))
        #expect(wire.isClosed)
        #expect(bench.bench.metrics.endings == [.signedOut])
    }

    @Test func `another user who signs in ends the streams of who was, and has a session of a new name`() async throws {
        let bench = try GatewayBench()
        let cookie = "\(Self.older).\(try bench.token("alice"))"
        let (mine, laptop) = (
            try await Self.open(bench, cookie: cookie),
            try await Self.open(bench, cookie: "\(String(repeating: "8", count: 32)).\(try bench.token("alice"))")
        )
        let token = try bench.token("bob")
        let answer = try await Self.answerWhileRunning(bench, .post, token: token, cookie: cookie)
        #expect(answer.fields[values: .setCookie].last?.hasPrefix("__Host-sluice=\(Self.fresh).\(token);") == true)
        #expect(try await mine.received().contains(#"{"code":"signed-out","#))
        #expect(mine.isClosed)
        #expect(!laptop.isClosed, "a session of another browser")
        #expect(bench.bench.metrics.endings == [.signedOut])
    }

    @Test func `a session whose token is good no more is not taken over`() async throws {
        let bench = try GatewayBench()
        let expired = "\(Self.older).\(try bench.token("alice", lifetime: 10, issuedAfter: -100))"
        let answer = try await Self.answer(bench, token: try bench.token("alice"), cookie: expired)
        #expect(answer.fields[values: .setCookie].last?.hasPrefix("__Host-sluice=\(Self.fresh).") == true)
    }

    // MARK: Two cookies

    /// Two cookies of our name, as a browser sends them when one is partitioned and the other is not.
    private static func two(_ first: String, _ second: String) -> String { "\(first); __Host-sluice=\(second)" }
    private static let other = String(repeating: "8", count: 32)

    @Test func `signing out ends the sessions of both cookies, whoever they are of`() async throws {
        for user in ["alice", "bob"] {
            let bench = try GatewayBench()
            let (first, second) = ("\(Self.older).\(try bench.token())", "\(Self.other).\(try bench.token(user))")
            let wires = [try await Self.open(bench, cookie: first), try await Self.open(bench, cookie: second)]
            let answer = try await Self.answerWhileRunning(
                bench, .delete, cookie: Self.two(first, second), origin: GatewayBench.allowedOrigin)
            #expect(answer.status == .noContent)
            #expect(answer.fields[values: .setCookie] == Self.cleared)
            #expect(wires.allSatisfy { $0.isClosed })
            #expect(bench.bench.metrics.endings == [.signedOut, .signedOut])
        }
    }

    @Test func `a cookie that is bad does not keep the other's session from being signed out`() async throws {
        let bench = try GatewayBench()
        let expired = "\(Self.other).\(try bench.token(lifetime: 10, issuedAfter: -100))"
        let good = "\(Self.older).\(try bench.token())"
        let wire = try await Self.open(bench, cookie: good)
        _ = try await Self.answerWhileRunning(
            bench, .delete, cookie: Self.two(expired, good), origin: GatewayBench.allowedOrigin)
        #expect(wire.isClosed)
    }

    @Test func `another user who signs in ends the streams of both cookies' users`() async throws {
        let bench = try GatewayBench()
        let (first, second) = ("\(Self.older).\(try bench.token("alice"))", "\(Self.other).\(try bench.token("carol"))")
        let wires = [try await Self.open(bench, cookie: first), try await Self.open(bench, cookie: second)]
        let answer = try await Self.answerWhileRunning(
            bench, .post, token: try bench.token("bob"), cookie: Self.two(first, second))
        #expect(answer.fields[values: .setCookie].last?.hasPrefix("__Host-sluice=\(Self.fresh).") == true)
        #expect(wires.allSatisfy { $0.isClosed })
        #expect(bench.bench.metrics.endings == [.signedOut, .signedOut])
    }

    @Test func `the same user goes on in the session that ends last, and the other's streams come back`() async throws {
        let bench = try GatewayBench()
        let brief = "\(Self.other).\(try bench.token(lifetime: 100))"
        let long = "\(Self.older).\(try bench.token(lifetime: 200))"
        let (left, stays) = (try await Self.open(bench, cookie: brief), try await Self.open(bench, cookie: long))
        let answer = try await Self.answerWhileRunning(
            bench, .post, token: try bench.token(lifetime: 600), cookie: Self.two(brief, long))
        #expect(answer.text.contains(#""extended":1"#))
        #expect(answer.fields[values: .setCookie].last?.hasPrefix("__Host-sluice=\(Self.older).") == true)
        #expect(left.isClosed && !stays.isClosed)
        let lastWords = try await left.received()
        #expect(!lastWords.contains("sluice.rejected"), "nothing that would stop the page")
        #expect(bench.bench.metrics.endings == [.sessionReplaced])
    }

    @Test func `of two users that have the same session's name, each is told by their own`() async throws {
        let bench = try GatewayBench()
        let (hers, his) = ("\(Self.older).\(try bench.token("alice"))", "\(Self.older).\(try bench.token("bob"))")
        let wire = try await Self.open(bench, cookie: hers)
        let answer = try await Self.answerWhileRunning(
            bench, .post, token: try bench.token("bob"), cookie: Self.two(hers, his))
        #expect(answer.fields[values: .setCookie].last?.hasPrefix("__Host-sluice=\(Self.older).") == true)
        #expect(wire.isClosed)
    }

    // MARK: Signing out

    @Test func `a forged request signs nobody out`() async throws {
        let bench = try GatewayBench()
        let cookie = "\(Self.older).\(try bench.token())"
        let withoutOrigin = try await Self.answer(bench, .delete, cookie: cookie)
        #expect(withoutOrigin.code == "origin-missing")
        let elsewhere = try await Self.answer(bench, .delete, cookie: cookie, origin: GatewayBench.otherOrigin)
        #expect(elsewhere.code == "origin-not-allowed")
        for answer in [withoutOrigin, elsewhere] { #expect(answer.fields[.setCookie] == nil) }
    }

    @Test func `who has nothing, or nothing that is good, is signed out all the same`() async throws {
        let bench = try GatewayBench()
        let expired = "\(Self.older).\(try bench.token(lifetime: 10, issuedAfter: -100))"
        for cookie in [nil, expired, "nonsense"] {
            let answer = try await Self.answer(bench, .delete, cookie: cookie, origin: GatewayBench.allowedOrigin)
            #expect(answer.status == .noContent, "\(cookie ?? "none")")
            #expect(answer.fields[values: .setCookie] == Self.cleared)
        }
    }

    @Test func `an Authorization that is refused is told so`() async throws {
        let bench = try GatewayBench()
        let answer = try await Self.answer(bench, .delete, token: "nonsense")
        #expect(answer.status == .unauthorized)
    }
}
