import EventLog
import HTTPTypes
import HTTPWire
import MemoryEventLog
import NIOConcurrencyHelpers
import NIOCore
import Testing
import TokenAuth

@testable import EventHub
@testable import GatewayRules
@testable import HTTPServing

/// A session that goes on with a new token at one gateway of several: what the others are told, and what they make of
/// it.
@Suite struct RenewalTests {
    private static let older = String(repeating: "7", count: 32)
    private static let long = (0..<60).map { "rooms/\($0)/" + String(repeating: "t", count: 50) }

    private static func accounts(_ limits: CallerLimits?) -> GatewaySettings {
        var settings = GatewayBench.settings
        if let limits { settings.callers = limits }
        return settings
    }

    private static func bench(isShared: Bool = true, _ limits: CallerLimits? = nil) throws -> GatewayBench {
        try GatewayBench(accounts(limits), isShared: isShared)
    }

    /// Posts a session's token, and gives the answer.
    private static func post(
        _ bench: GatewayBench, _ token: String, cookie: String? = nil
    ) async throws -> Answer {
        var fields: HTTPFields = [.origin: GatewayBench.allowedOrigin]
        if let cookie { fields[.cookie] = "__Host-sluice=\(older).\(cookie)" }
        guard
            case .collect(let plan) = bench.judge(
                GatewayBench.request(.post, "/v1/session", token: token, fields))
        else { throw NoResponse(text: "answered at once") }
        return await withCheckedContinuation { continuation in
            plan.respond(ByteBuffer()) { continuation.resume(returning: $0) }
        }
    }

    /// What the others are told when alice goes on.
    private static func told(
        _ bench: GatewayBench, _ user: String = "alice", subscribe: [String] = ["news"], lifetime: Int64 = 600,
        tokenID: String? = nil
    ) async throws -> SessionRenewal {
        let token = try bench.token(user, subscribe: subscribe, lifetime: lifetime, tokenID: tokenID)
        _ = try await post(bench, token, cookie: bench.token(user, lifetime: 20))
        return try #require(bench.bench.renewals.withLockedValue { $0.last })
    }

    // MARK: What others are told

    @Test func `the others are told whose session goes on, and nothing that opens a stream`() async throws {
        let bench = try Self.bench()
        let token = try bench.token(lifetime: 600)
        let answer = try await Self.post(bench, token, cookie: bench.token(lifetime: 20))
        #expect(answer.status == .ok)
        let told = bench.bench.renewals.withLockedValue { $0 }
        try #require(told.count == 1)
        #expect(told[0].user == "alice" && told[0].session == Self.older)
        let content = String(decoding: told[0].content, as: UTF8.self)
        for part in token.split(separator: ".") { #expect(!content.contains(part)) }
        #expect(told[0].content.count < 1024)
    }

    /// One that begins has no streams, and one that the log keeps is told by the log.
    @Test func `of a session that begins, or is kept, nobody is told`() async throws {
        let bench = try Self.bench()
        let kept = try bench.token(subscribe: Self.long, lifetime: 600)
        try #require(!SessionCookie.fits(kept[...]))
        _ = try await Self.post(bench, bench.token(lifetime: 20))
        _ = try await Self.post(bench, kept, cookie: bench.token(lifetime: 20))
        _ = try await Self.post(bench, bench.token(lifetime: 600), cookie: bench.token("bob"))
        #expect(bench.bench.renewals.withLockedValue { $0 } == [])
    }

    @Test func `a gateway that has its log for itself tells nobody`() async throws {
        let bench = try Self.bench(isShared: false)
        let answer = try await Self.post(bench, bench.token(lifetime: 600), cookie: bench.token(lifetime: 20))
        #expect(answer.status == .ok && bench.bench.renewals.withLockedValue { $0 } == [])
    }

    @Test func `a log that does not take it costs the page nothing`() async throws {
        let bench = try Self.bench()
        bench.bench.failure.withLockedValue { $0 = EventLogError(.unavailable, "away") }
        let answer = try await Self.post(bench, bench.token(lifetime: 600), cookie: bench.token(lifetime: 20))
        #expect(answer.status == .ok && answer.fields[values: .setCookie].count == 2)
    }

    @Test func `a user who goes on too often is not refused, and the others are told no more`() async throws {
        var limits = CallerLimits()
        limits.signIns = CallRate(1, in: .minutes(1), burst: 2)
        let bench = try Self.bench(limits)
        for _ in 0..<5 {
            let answer = try await Self.post(bench, bench.token(lifetime: 600), cookie: bench.token(lifetime: 20))
            #expect(answer.status == .ok)
        }
        #expect(bench.bench.renewals.withLockedValue { $0.count } == 2)
        // Signing out is counted apart.
        try bench.gateway.accounts.admitSignIn(by: "alice", limits)
    }

    @Test func `the same token again says nothing new`() async throws {
        let bench = try Self.bench()
        let token = try bench.token(lifetime: 600)
        for cookie in [token, try bench.token(lifetime: 20), token] {
            #expect(try await Self.post(bench, token, cookie: cookie).status == .ok)
        }
        #expect(bench.bench.renewals.withLockedValue { $0.count } == 1)
    }

    // MARK: What they make of it

    @Test func `a gateway with the same rules takes it as the token itself`() async throws {
        let told = try await Self.told(Self.bench())
        let other = try Self.bench()
        let new = try #require(other.gateway.judge(told))
        #expect(new.lifetime == .seconds(600))
        #expect(new.permits([]) && new.permits(["news"]) && !new.permits(["news", "secret"]))
        other.bench.wall.withLockedValue { $0 = $0.adding(seconds: 500) }
        #expect(other.gateway.judge(told)?.lifetime == .seconds(100))
        other.bench.wall.withLockedValue { $0 = $0.adding(seconds: 200) }
        #expect(other.gateway.judge(told) == nil, "it has ended")
    }

    @Test func `one with another key, other rules, or for another user takes it for nothing`() async throws {
        let told = try await Self.told(Self.bench())
        let policy = TokenPolicy(clockSkewSeconds: 30)
        let otherKey = try GatewayBench(
            verifier: TokenVerifier(keys: GatewayBench.keys(letter: "x"), policy: policy), isShared: true)
        #expect(otherKey.gateway.judge(told) == nil)
        #expect(try GatewayBench(audience: "other", isShared: true).gateway.judge(told) == nil)
        for (user, content) in [("bob", told.content), ("alice", []), ("alice", Array("{}".utf8))] {
            let changed = SessionRenewal(user: user, session: told.session, content: content)
            #expect(try Self.bench().gateway.judge(changed) == nil, "\(user)")
        }
    }

    @Test func `one that knows it to be revoked lets no stream go on`() async throws {
        let bench = try Self.bench()
        let told = try await Self.told(bench, tokenID: "t1")
        let new = try #require(bench.gateway.judge(told))
        #expect(new.permits([]))
        bench.bench.log.revoke(
            Revocation(
                .token("t1"), issuedBefore: .max, madeAt: bench.bench.wall.withLockedValue { $0 })
        ) { _ in }
        #expect(!new.permits([]))
    }
}
