import EventHub
import EventLog
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Of several cookies of our name, which counts: each combination, as values.
@Suite struct SessionCookiesTests {
    /// What stands in a cookie, by what becomes of it.
    enum Kind: String, CaseIterable, Sendable {
        case alice, aliceLonger, bob, expired, nonsense
    }

    private static func value(_ kind: Kind, _ bench: GatewayBench, session: Int) throws -> String {
        let name = String(repeating: String(session), count: 32)
        switch kind {
        case .alice: return "\(name).\(try bench.token("alice", lifetime: 600))"
        case .aliceLonger: return "\(name).\(try bench.token("alice", lifetime: 900))"
        case .bob: return "\(name).\(try bench.token("bob", lifetime: 600))"
        case .expired: return "\(name).\(try bench.token("carol", lifetime: 10, issuedAfter: -100))"
        case .nonsense: return "nonsense\(session)"
        }
    }

    private static func request(
        _ kinds: [Kind], _ bench: GatewayBench, inOneField: Bool = true, query: String = ""
    ) throws -> HTTPRequest {
        let pairs = try kinds.enumerated().map { "__Host-sluice=\(try value($1, bench, session: $0 + 1))" }
        var request = GatewayBench.request(.get, "/v1/stream" + query)
        for field in inOneField ? [pairs.joined(separator: "; ")] : pairs {
            request.headerFields.append(HTTPField(name: .cookie, value: field))
        }
        return request
    }

    private static let pairs = Kind.allCases.flatMap { first in Kind.allCases.map { [first, $0] } }

    /// Whose stream it is and of which cookie, or why there is none.
    private static func expected(_ kinds: [Kind]) -> (user: String, cookie: Int)? {
        let good = kinds.enumerated().filter { $1 != .expired && $1 != .nonsense }
        let users = Set(good.map { $1 == .bob ? "bob" : "alice" })
        guard let user = users.first, users.count == 1 else { return nil }
        let chosen = good.first { $1 == .aliceLonger } ?? good.first
        return chosen.map { (user, $0.offset + 1) }
    }

    @Test(arguments: pairs, [true, false])
    func `of two, the good one counts, and of good ones the one that ends last`(kinds: [Kind], inOneField: Bool) throws
    {
        let bench = try GatewayBench()
        let request = try Self.request(kinds, bench, inOneField: inOneField)
        guard let (user, cookie) = Self.expected(kinds) else {
            let answer = try bench.answer(request)
            #expect(answer.status == .unauthorized)
            let isBoth = kinds.contains(.bob) && kinds.contains { [.alice, .aliceLonger].contains($0) }
            #expect((answer.code == "cookies-disagree") == isBoth, "\(kinds): \(answer.text)")
            return
        }
        let plan = try bench.stream(request)
        #expect(plan.interest.user == user)
        #expect(plan.session?.description == String(repeating: String(cookie), count: 32))
    }

    @Test func `a page that asks for it is told in-band of users that disagree`() throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(Self.request([.alice, .bob], bench, query: "?refusals=event&user=bob"))
        #expect(answer.status == .ok)
        #expect(answer.text.contains(#"event: sluice.rejected"#) && answer.text.contains(#""code":"cookies-disagree""#))
        #expect(answer.text.contains(#""retryable":false"#))
    }

    @Test func `more than a browser keeps are refused unread`() throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(Self.request([.nonsense, .nonsense, .nonsense, .nonsense, .alice], bench))
        #expect(answer.code == "token-malformed")
        #expect(
            try bench.stream(Self.request([.nonsense, .expired, .nonsense, .alice], bench)).interest.user == "alice")
    }

    /// Who compares each with all of those before has half a million compares to do for one head.
    @Test func `of a thousand different ones no more are kept than count`() throws {
        let pairs = (0..<1000).map { "__Host-sluice=\($0)" }.joined(separator: "; ")
        let cookies = SessionCookies([.cookie: pairs])
        #expect(cookies.counted.count == 4 && cookies.areTooMany)
        let answer = try GatewayBench().answer(GatewayBench.request(.get, "/v1/stream", [.cookie: pairs]))
        #expect(answer.code == "token-malformed")
    }

    /// Each that a bearer signs out costs a hop to its streams' loops, and a place in the line of a shared log.
    @Test func `a sign-out ends no more sessions than cookies count`() async throws {
        let bench = try GatewayBench()
        let names = (1...6).map { String(repeating: String($0), count: 32) }
        for name in names {
            let plan = HubStreamPlan(
                hub: bench.bench.hub, interest: Interest(user: "alice"), session: SessionID(name), lastEventID: nil,
                lifetime: .hours(1), fields: [:])
            let wire = try await Wire(ScriptedJudge { _ in .stream(plan) }, on: bench.bench.loop)
            try await wire.send("GET /v1/stream HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(bench.bench.hub.streamCount == 6)
        let pairs = names.map { "__Host-sluice=\($0).nonsense" }.joined(separator: "; ")
        let answer = try await bench.administer(
            .delete, "/v1/session", token: bench.token("alice"), [.cookie: pairs])
        #expect(answer.status == .noContent)
        #expect(bench.bench.metrics.endings == Array(repeating: .signedOut, count: 4))
    }

    /// Each look at a token may cost a signature's verification: a client that repeats one pays for it no less.
    @Test func `one that is there many times is looked at once`() throws {
        let bench = try GatewayBench()
        let pair = "__Host-sluice=\(try Self.value(.alice, bench, session: 1))"
        let request = GatewayBench.request(
            .get, "/v1/stream", [.cookie: Array(repeating: pair, count: 9).joined(separator: "; ")])
        let cookies = SessionCookies(request.headerFields)
        #expect(cookies.counted.count == 1 && !cookies.areTooMany)
        #expect(try bench.stream(request).interest.user == "alice")
    }

    @Test func `a bearer token is asked first, whatever the cookies are`() throws {
        let bench = try GatewayBench()
        var request = try Self.request([.alice, .bob], bench)
        request.headerFields[.authorization] = "Bearer \(try bench.token("dave"))"
        #expect(try bench.stream(request).interest.user == "dave")
    }
}
