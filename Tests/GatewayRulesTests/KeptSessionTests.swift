import EventLog
import HTTPTypes
import HTTPWire
import MemoryEventLog
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import PeerText
import Testing
import TokenAuth

@testable import EventHub
@testable import GatewayRules
@testable import HTTPServing

/// Sessions whose token fits no cookie: the cookie has a handle, and a request with it is judged as one with the token.
@Suite struct KeptSessionTests {
    private static let groups = (0..<60).map { "rooms/\($0)/" + String(repeating: "t", count: 50) }

    /// Each sign-in without a cookie is another browser's.
    private static func bench(
        _ settings: GatewaySettings = GatewayBench.settings, accounts: CallerAccounts = CallerAccounts(),
        isShared: Bool = false, perUser: Int = 16
    ) throws -> GatewayBench {
        var logSettings = HubBench.logSettings
        logSettings.sessions.perUser = perUser
        let count = NIOLockedValueBox(0)
        return try GatewayBench(settings, accounts: accounts, isShared: isShared, retaining: logSettings) {
            let digits = count.withLockedValue { count in
                defer { count += 1 }
                return String(count)
            }
            return SessionID(String(repeating: "0", count: 32 - digits.count) + digits) ?? GatewayBench.newSession
        }
    }

    private static func token(_ bench: GatewayBench, _ user: String = "alice", lifetime: Int64 = 3600) throws -> String
    {
        try bench.token(user, subscribe: groups, publish: ["topic:news"], lifetime: lifetime, tokenID: "t-\(user)")
    }

    /// What a request for `/v1/session` is answered with, while the hub does what it was told.
    private static func answer(
        _ bench: GatewayBench, _ method: HTTPRequest.Method = .post, token: String? = nil, cookie: String? = nil
    ) async throws -> Answer {
        var fields: HTTPFields = [.origin: GatewayBench.allowedOrigin]
        if let cookie { fields[.cookie] = cookie }
        switch bench.judge(GatewayBench.request(method, "/v1/session", token: token, fields)) {
        case .answer(let answer): return answer
        case .collect(let plan):
            let answer = NIOLockedValueBox<Answer?>(nil)
            plan.respond(ByteBuffer()) { given in answer.withLockedValue { $0 = given } }
            while true {
                if let answer = answer.withLockedValue({ $0 }) { return answer }
                await bench.bench.loop.advanceTime(by: .milliseconds(1))
            }
        default: throw NoResponse(text: "became a stream, or waits")
        }
    }

    private static func signIn(_ bench: GatewayBench, _ token: String, cookie: String? = nil) async throws -> String {
        let answer = try await answer(bench, token: token, cookie: cookie)
        let field = try #require(answer.fields[values: .setCookie].last, "\(answer.text)")
        return String(field.prefix { $0 != ";" })
    }

    private static func request(_ cookie: String, _ path: String = "/v1/stream") -> HTTPRequest {
        GatewayBench.request(.get, path, [.cookie: cookie])
    }

    /// Why a request with a cookie is refused; nothing when a stream may be opened.
    private static func refusal(_ bench: GatewayBench, _ cookie: String) throws -> String? {
        guard case .answer(let answer) = bench.judge(request(cookie)) else { return nil }
        #expect(answer.status == .unauthorized && answer.challenge?.contains(#"error="invalid_token""#) == true)
        return answer.code
    }

    // MARK: Signing in

    @Test func `the cookie is short, and holds neither the token nor what finds it in the log`() async throws {
        let bench = try Self.bench()
        let token = try Self.token(bench)
        let answer = try await Self.answer(bench, token: token)
        #expect(answer.status == .ok)
        #expect(answer.text == #"{"user":"alice","expiresAt":1800003600,"expiresIn":3600,"extended":0,"retry":3000}"#)
        let cookie = try #require(answer.fields[values: .setCookie].last)
        let zeros = String(repeating: "0", count: 32)
        #expect(cookie.hasPrefix("__Host-sluice=\(zeros).kept1_") && cookie.utf8.count < 200)
        #expect(cookie.hasSuffix("; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Lax"))
        #expect(bench.bench.hub.sessions.tally.count == 1)
        let handle = try #require(SessionCookies([.cookie: String(cookie.prefix { $0 != ";" })]).counted.first?.handle)
        let kept = try #require(bench.bench.hub.sessions.session(named: handle.name))
        let content = String(decoding: kept.content, as: UTF8.self)
        #expect(!content.contains(handle.text) && !content.contains(token.suffix(20)) && kept.user == "alice")
        #expect(!content.contains(token.prefix(20)))
    }

    @Test func `two sign-ins have two handles of 256 bits`() async throws {
        let bench = try Self.bench()
        let token = try Self.token(bench)
        let cookies = [try await Self.signIn(bench, token), try await Self.signIn(bench, token)]
        let handles = cookies.map { $0.suffix(43) }
        #expect(Set(handles).count == 2 && bench.bench.hub.sessions.tally.count == 2)
        var seed: [Int] = []
        let handle = SessionHandle { count in
            seed.append(count)
            return [UInt8](repeating: 0xFF, count: count)
        }
        #expect(seed == [32] && handle?.text.utf8.count == 49)
    }

    @Test func `a request with it is judged as one with the token`() async throws {
        let bench = try Self.bench()
        let token = try Self.token(bench)
        let cookie = try await Self.signIn(bench, token)
        let topic = "/v1/stream?user=alice&topic=" + Self.groups[59]
        let (byCookie, byToken) = try (
            bench.stream(Self.request(cookie, topic)), bench.stream(GatewayBench.request(.get, topic, token: token))
        )
        #expect(byCookie.claims == byToken.claims && byCookie.lifetime == byToken.lifetime)
        #expect(byCookie.interest == byToken.interest && byCookie.session == GatewayBench.newSession)
        #expect(try bench.answer(Self.request(cookie, "/v1/stream?topic=other")).code == "grant-missing")
        #expect(try bench.answer(Self.request(cookie, "/v1/stream?user=bob")).code == "other-user")
        let publish = GatewayBench.request(
            .post, "/v1/publish",
            [.cookie: cookie, .origin: GatewayBench.allowedOrigin, .contentType: "application/json"])
        guard case .collect = bench.judge(publish) else { throw NoResponse(text: "may not publish") }
    }

    // MARK: What is no handle

    @Test(arguments: [
        "kept1_" + String(repeating: "A", count: 43), "kept1_" + String(repeating: "A", count: 42),
        "kept2_" + String(repeating: "A", count: 43), "kept1_",
    ])
    func `a handle that nobody made is refused`(text: String) throws {
        let bench = try Self.bench()
        let cookie = "__Host-sluice=\(String(repeating: "7", count: 32)).\(text)"
        let code = try Self.refusal(bench, cookie)
        #expect(code == (text.utf8.count == 49 && text.hasPrefix("kept1_") ? "token-not-kept" : "token-malformed"))
    }

    @Test func `it is good in a cookie behind a session's name, and nowhere else`() async throws {
        let bench = try Self.bench()
        let cookie = try await Self.signIn(bench, Self.token(bench))
        let handle = String(cookie.suffix(49))
        #expect(try bench.answer(GatewayBench.request(token: handle)).code == "token-malformed")
        #expect(try Self.refusal(bench, "__Host-sluice=\(handle)") == "token-malformed")
        #expect(try Self.refusal(bench, cookie) == nil)
    }

    // MARK: Its end

    @Test func `it ends with its token`() async throws {
        let bench = try Self.bench()
        let cookie = try await Self.signIn(bench, Self.token(bench, lifetime: 60))
        await bench.bench.pass(.seconds(89))
        #expect(try Self.refusal(bench, cookie) == nil, "within the clocks' allowance")
        await bench.bench.pass(.seconds(1))
        #expect(try Self.refusal(bench, cookie) == "token-expired")
        await bench.bench.pass(.seconds(300))
        #expect(try Self.refusal(bench, cookie) == "token-not-kept")
        #expect(bench.bench.hub.sessions.tally == (0, 0))
    }

    @Test(arguments: [#"{"jti":"t-alice"}"#, #"{"sub":"alice"}"#, #"{"everyone":true,"issuedBefore":1800000001}"#])
    func `it is revoked with its token`(body: String) async throws {
        let bench = try Self.bench()
        let cookie = try await Self.signIn(bench, Self.token(bench))
        let his = try await Self.signIn(bench, Self.token(bench, "bob"))
        #expect(try await bench.administer(.post, "/v1/revocations", body).status == .ok)
        #expect(try Self.refusal(bench, cookie) == "token-revoked")
        #expect(try Self.refusal(bench, his) == (body.contains("everyone") ? "token-revoked" : nil))
    }

    @Test func `signing out ends it, and no other of the user's`() async throws {
        let bench = try Self.bench()
        let (here, there) = (
            try await Self.signIn(bench, Self.token(bench)), try await Self.signIn(bench, Self.token(bench))
        )
        let answer = try await Self.answer(bench, .delete, cookie: here)
        #expect(answer.status == .noContent && answer.fields[values: .setCookie].count == 2)
        #expect(try Self.refusal(bench, here) == "token-not-kept" && Self.refusal(bench, there) == nil)
    }

    /// A stream is let in by the rules before it is opened: what comes between must not be missed.
    @Test func `a stream that was let in just before is not opened`() async throws {
        let bench = try Self.bench()
        let cookie = try await Self.signIn(bench, Self.token(bench))
        let plan = try bench.stream(Self.request(cookie))
        _ = try await Self.answer(bench, .delete, cookie: cookie)
        let judge = ScriptedJudge { _ in .stream(plan) }
        let wire = try await Wire(judge, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await wire.received().contains("token-not-kept"))
        #expect(bench.bench.hub.streamCount == 0)
    }

    // MARK: Signing in again

    @Test func `another sign-in moves the end of its streams, and the former handle stays`() async throws {
        let bench = try Self.bench()
        let cookie = try await Self.signIn(bench, Self.token(bench, lifetime: 20))
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\n\r\n")
        _ = try await wire.received()
        let answer = try await Self.answer(bench, token: Self.token(bench, lifetime: 600), cookie: cookie)
        #expect(answer.text.hasSuffix(#""extended":1,"retry":3000}"#))
        #expect(try Self.refusal(bench, cookie) == nil, "what the browser has sent meanwhile")
        await bench.bench.pass(.seconds(40))
        #expect(!wire.isClosed)
    }

    /// The browser has nothing else when the answer was lost on its way. Before, it was out ten seconds later.
    @Test func `the former handle is good until the next sign-in but one`() async throws {
        let bench = try Self.bench()
        let token = try Self.token(bench)
        let first = try await Self.signIn(bench, token)
        let lost = try await Self.signIn(bench, token, cookie: first)
        await bench.bench.pass(.seconds(60))
        #expect(try Self.refusal(bench, first) == nil && Self.refusal(bench, lost) == nil)
        let again = try await Self.signIn(bench, token, cookie: first)
        await bench.bench.pass(.seconds(KeptSessions.graceSeconds))
        #expect(try Self.refusal(bench, lost) == "token-not-kept", "nobody has it")
        #expect(try Self.refusal(bench, first) == nil && Self.refusal(bench, again) == nil)
        let third = try await Self.signIn(bench, token, cookie: again)
        await bench.bench.pass(.seconds(KeptSessions.graceSeconds))
        #expect(try Self.refusal(bench, first) == "token-not-kept" && Self.refusal(bench, third) == nil)
        #expect(bench.bench.hub.sessions.tally.count == 2)
    }

    @Test func `a token that fits takes its place`() async throws {
        let bench = try Self.bench()
        let cookie = try await Self.signIn(bench, Self.token(bench))
        let small = try await Self.signIn(bench, bench.token("alice"), cookie: cookie)
        #expect(!small.contains("kept1_"))
        await bench.bench.pass(.seconds(KeptSessions.graceSeconds))
        #expect(try Self.refusal(bench, cookie) == "token-not-kept" && Self.refusal(bench, small) == nil)
    }

    @Test func `another user who signs in with it ends it at once`() async throws {
        let bench = try Self.bench()
        let hers = try await Self.signIn(bench, Self.token(bench))
        let his = try await Self.signIn(bench, Self.token(bench, "bob"), cookie: hers)
        #expect(try Self.refusal(bench, hers) == "token-not-kept" && Self.refusal(bench, his) == nil)
    }

    @Test func `of several cookies the rules are those of tokens`() async throws {
        let bench = try Self.bench()
        let (hers, later) = (
            try await Self.signIn(bench, Self.token(bench, lifetime: 60)),
            try await Self.signIn(bench, Self.token(bench))
        )
        let his = try await Self.signIn(bench, Self.token(bench, "bob"))
        #expect(try bench.stream(Self.request("\(hers); \(later)")).lifetime == .seconds(3600))
        #expect(try Self.refusal(bench, "\(hers); \(his)") == "cookies-disagree")
        let dead = "__Host-sluice=\(String(repeating: "7", count: 32)).kept1_" + String(repeating: "A", count: 43)
        #expect(try Self.refusal(bench, "\(dead); \(his)") == nil)
        _ = try await Self.answer(bench, .delete, cookie: "\(hers); \(his)")
        #expect(bench.bench.hub.sessions.tally.count == 1, "all cookies are cleared, so all their sessions end")
    }

    /// A made-up handle costs nothing, so strangers may have all places. At 401 an `EventSource` would stop for good.
    @Test func `where as many wait as may, nobody is told that a session does not exist`() throws {
        let bench = try Self.bench(isShared: true)
        let handle = try #require(SessionHandle())
        let request = GatewayBench.request(
            .head, "/v1/stream", [.cookie: "__Host-sluice=\(GatewayBench.newSession).\(handle.text)"])
        let cancels = (0..<SessionBoard.waitingLimit).map { _ in bench.bench.hub.sessions.wait(for: handle.name) {} }
        guard case .answer(let answer) = bench.judge(request) else {
            Issue.record("it waits")
            return
        }
        #expect(answer.status == .serviceUnavailable && answer.fields[.retryAfter] != nil)
        cancels[0]?()
        guard case .postponed = bench.judge(request) else {
            Issue.record("it does not wait")
            return
        }
    }

    // MARK: What signing out ends

    /// A stream by a cookie, as its browser opens it.
    private static func open(_ bench: GatewayBench, _ cookie: String) async throws -> Wire {
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\n\r\n")
        #expect(try await wire.received().hasPrefix("HTTP/1.1 200 OK\r\n"))
        return wire
    }

    /// On a shared computer the next person would be alice, for as long as the disk is full.
    @Test func `a log that can't be written keeps nobody signed in`() async throws {
        let bench = try Self.bench(isShared: true)
        let cookie = try await Self.signIn(bench, Self.token(bench))
        _ = try await Self.open(bench, cookie)
        bench.bench.failure.withLockedValue { $0 = EventLogError(.unavailable, "The disk is full.") }
        let answer = try await Self.answer(bench, .delete, cookie: cookie)
        #expect(answer.status == .serviceUnavailable && answer.fields[.retryAfter] != nil)
        let cleared = answer.fields[values: .setCookie]
        #expect(cleared.count == 2 && cleared.allSatisfy { $0.contains("__Host-sluice=; Path=/; Max-Age=0;") })
        #expect(bench.bench.metrics.endings == [.signedOut] && bench.bench.hub.streamCount == 0)
    }

    /// One that the rules refuse now, as after a reload that gives a role something else.
    private static func refused(_ bench: GatewayBench) async throws -> String {
        let handle = try #require(SessionHandle())
        let session = try #require(SessionID(String(repeating: "7", count: 32)))
        let kept = KeptSession(
            name: handle.name, user: "alice", session: session.description,
            endsAt: bench.bench.wall.withLockedValue { $0 }.adding(seconds: 3600), content: [])
        bench.bench.log.record(.signIn("alice", keeping: kept, inPlaceOf: [])) { _ in }
        let plan = HubStreamPlan(
            hub: bench.bench.hub, interest: Interest(user: "alice"), session: session, lastEventID: nil,
            lifetime: .hours(1), fields: [:])
        let wire = try await Wire(ScriptedJudge { _ in .stream(plan) }, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\n\r\n")
        return "__Host-sluice=\(session).\(handle.text)"
    }

    @Test(arguments: [false, true])
    func `a session that is refused still ends with its streams`(isShared: Bool) async throws {
        let bench = try Self.bench(isShared: isShared)
        let cookie = try await Self.refused(bench)
        #expect(try Self.refusal(bench, cookie) == "token-rules-changed" && bench.bench.hub.streamCount == 1)
        // Also when the log does not tell of it.
        if isShared { bench.bench.failure.withLockedValue { $0 = EventLogError(.unavailable, "The disk is full.") } }
        _ = try await Self.answer(bench, .delete, cookie: cookie)
        #expect(bench.bench.metrics.endings == [.signedOut])
    }

    @Test func `another user who signs in with a refused one ends its streams`() async throws {
        let bench = try Self.bench()
        let cookie = try await Self.refused(bench)
        _ = try await Self.answer(bench, token: bench.token("bob"), cookie: cookie)
        await bench.bench.loop.run()
        #expect(bench.bench.metrics.endings == [.signedOut])
    }

    @Test func `a session that its user's share pushes out ends with its streams`() async throws {
        let bench = try Self.bench(perUser: 1)
        let there = try await Self.signIn(bench, Self.token(bench))
        _ = try await Self.open(bench, there)
        let here = try await Self.signIn(bench, Self.token(bench))
        await bench.bench.loop.run()
        #expect(bench.bench.metrics.endings == [.signedOut])
        _ = try await Self.open(bench, here)
        #expect(try await Self.signIn(bench, Self.token(bench), cookie: here) != here)
        await bench.bench.loop.run()
        #expect(bench.bench.hub.streamCount == 1, "the same sign-in goes on")
    }

    @Test func `signing out ends the former handles too`() async throws {
        let bench = try Self.bench()
        let former = try await Self.signIn(bench, Self.token(bench))
        let cookie = try await Self.signIn(bench, Self.token(bench), cookie: former)
        _ = try await Self.answer(bench, .delete, cookie: cookie)
        #expect(try Self.refusal(bench, former) == "token-not-kept")
    }

    // MARK: A log that is shared

    /// The browser has signed in at another node, and is here sooner than the log's tail.
    @Test func `on a shared log a request waits for its session`() async throws {
        let bench = try Self.bench(isShared: true)
        let handle = try #require(SessionHandle())
        let cookie = "__Host-sluice=\(String(repeating: "7", count: 32)).\(handle.text)"
        let verifier = bench.gateway.verifier
        let claims = try verifier.verify(
            Self.token(bench).utf8, now: NumericDate(secondsSinceEpoch: 1_800_000_000))
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\n\r\n")
        #expect(try await wire.received().isEmpty && bench.bench.hub.sessions.waitingCount == 1)
        let session = KeptSession(handle.name, of: claims, in: GatewayBench.newSession, by: verifier)
        bench.bench.log.record(.signIn("alice", keeping: session, inPlaceOf: [])) { _ in }
        await bench.bench.loop.run()
        #expect(try await wire.received().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(bench.bench.hub.streamCount == 1 && bench.bench.hub.sessions.waitingCount == 0)
    }

    @Test func `it waits for two seconds, and then there is no such session`() async throws {
        let bench = try Self.bench(isShared: true)
        let handle = try #require(SessionHandle())
        let cookie = "__Host-sluice=\(String(repeating: "7", count: 32)).\(handle.text)"
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\nCookie: \(cookie)\r\n\r\n")
        await bench.bench.loop.advanceTime(by: .milliseconds(1999))
        #expect(try await wire.received().isEmpty)
        await bench.bench.loop.advanceTime(by: .milliseconds(1))
        #expect(try await wire.received().contains("token-not-kept"))
        #expect(bench.bench.hub.sessions.waitingCount == 0)
    }

    /// Each takes a place in the line of the log, where sign-ins wait. Who made up handles without end would have it.
    @Test func `who signs out of sessions that nobody knows has the log look for so many a minute`() async throws {
        var settings = GatewayBench.settings
        settings.callers.signIns = CallRate(2, in: .minutes(1), burst: 2)
        let now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        let bench = try Self.bench(settings, accounts: CallerAccounts { now }, isShared: true)
        let answers = try await Self.signOuts(bench, 3, at: ClientAddress(ipv4: 0xC000_0201))
        #expect(answers.map(\.status) == [.noContent, .noContent, .tooManyRequests])
        #expect(answers[2].code == "sign-in-rate" && answers[2].fields[values: .setCookie].count == 2)
        #expect(bench.bench.orders.withLockedValue { $0 } == 2)
        let others = try await Self.signOuts(bench, 1, at: ClientAddress(ipv4: 0xC000_0202))
        #expect(others.map(\.status) == [.noContent], "of another address")
        // Whose session is known here has paid for it when signing in.
        let cookie = try await Self.signIn(bench, Self.token(bench))
        #expect(try await Self.answer(bench, .delete, cookie: cookie).status == .noContent)
        #expect(bench.bench.hub.sessions.tally.count == 0)
    }

    /// Signs out with handles that nobody made, behind the wait for each.
    private static func signOuts(
        _ bench: GatewayBench, _ count: Int, at address: ClientAddress?
    ) async throws -> [Answer] {
        var answers: [Answer] = []
        for _ in 0..<count {
            let handle = try #require(SessionHandle())
            let fields: HTTPFields = [
                .cookie: "__Host-sluice=\(GatewayBench.newSession).\(handle.text)", .origin: GatewayBench.allowedOrigin,
            ]
            var peer = Peer(at: address)
            peer.hasWaited = true
            answers.append(try await bench.administer(.delete, "/v1/session", token: "", fields, from: peer))
        }
        return answers
    }

    // MARK: Limits

    @Test func `when there is no room, signing in says so, and changes nothing`() async throws {
        let bench = try Self.bench()
        let token = try Self.token(bench, "mallory")
        let claims = try bench.gateway.verifier.verify(token.utf8, now: NumericDate(secondsSinceEpoch: 1_800_000_000))
        let cost = try #require(KeptSession.cost(ofToken: token[...], claims, by: bench.gateway.verifier))
        var (full, users) = (false, 0)
        while !full {
            users += 1
            let answer = try await Self.answer(bench, token: Self.token(bench, "user \(users)"))
            full = answer.status == .serviceUnavailable
            guard full else { continue }
            #expect(answer.code == "sessions-limit" && answer.detail?.contains("session.kept_bytes") == true)
            #expect(answer.fields[.retryAfter] != nil && answer.fields[.setCookie] == nil)
        }
        #expect(bench.bench.hub.sessions.tally.count == users - 1)
        #expect((users - 1) * cost <= HubBench.logSettings.sessions.bytes + users * 64)
        #expect(try await Self.answer(bench, token: bench.token("mallory")).status == .ok, "one that fits a cookie")
    }

    @Test func `a user that signs in too fast is told when to come again, and others do not notice`() async throws {
        var settings = GatewayBench.settings
        settings.callers.signIns = CallRate(2, in: .minutes(1), burst: 2)
        let now = NIOLockedValueBox(NIODeadline.uptimeNanoseconds(1_000_000_000_000))
        let bench = try Self.bench(settings, accounts: CallerAccounts { now.withLockedValue { $0 } })
        let cookie = try await Self.signIn(bench, Self.token(bench))
        _ = try await Self.signIn(bench, Self.token(bench))
        let refused = try await Self.answer(bench, token: Self.token(bench))
        #expect(refused.status == .tooManyRequests && refused.code == "sign-in-rate")
        #expect(refused.fields[.retryAfter] == "30" && refused.fields[.setCookie] == nil)
        #expect(bench.bench.hub.sessions.tally.count == 2)
        #expect(try await Self.answer(bench, token: bench.token(), cookie: cookie).code == "sign-in-rate")
        #expect(try await Self.answer(bench, token: bench.token()).status == .ok, "the log has nothing to write")
        #expect(try await Self.answer(bench, token: Self.token(bench, "bob")).status == .ok)
        #expect(try await Self.answer(bench, .delete, cookie: cookie).status == .noContent)
        now.withLockedValue { $0 = $0 + .seconds(31) }
        #expect(try await Self.answer(bench, token: Self.token(bench)).status == .ok)
    }

    @Test func `a token that fits costs nothing here`() throws {
        let bench = try Self.bench()
        let token = try bench.token()
        let claims = try bench.gateway.verifier.verify(token.utf8, now: NumericDate(secondsSinceEpoch: 1_800_000_000))
        #expect(KeptSession.cost(ofToken: token[...], claims, by: bench.gateway.verifier) == nil)
    }
}
