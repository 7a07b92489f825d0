import EventHub
import EventLog
import HTTPTypes
import HTTPWire
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

    /// Each look at a token may cost a signature's verification: a client that repeats one pays for it no less.
    @Test func `one that is there many times is looked at once`() throws {
        let bench = try GatewayBench()
        let pair = "__Host-sluice=\(try Self.value(.alice, bench, session: 1))"
        let request = GatewayBench.request(
            .get, "/v1/stream", [.cookie: Array(repeating: pair, count: 9).joined(separator: "; ")])
        #expect(SessionCookies(request.headerFields).all.count == 1)
        #expect(try bench.stream(request).interest.user == "alice")
    }

    @Test func `a bearer token is asked first, whatever the cookies are`() throws {
        let bench = try GatewayBench()
        var request = try Self.request([.alice, .bob], bench)
        request.headerFields[.authorization] = "Bearer \(try bench.token("dave"))"
        #expect(try bench.stream(request).interest.user == "dave")
    }
}
