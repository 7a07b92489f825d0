import EventHub
import EventLog
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing
import TokenAuth

@testable import GatewayRules
@testable import HTTPServing

/// Tokens that an administrator revokes, and what becomes of whoever shows one.
@Suite struct RevocationTests {
    private static let path = "/v1/revocations"

    private static func isRefused(_ bench: GatewayBench, _ token: String) throws -> Bool {
        switch bench.judge(GatewayBench.request(token: token)) {
        case .answer(let answer):
            #expect(answer.status == .unauthorized && answer.code == "token-revoked")
            #expect(answer.challenge?.contains(#"error="invalid_token""#) == true)
            return true
        default: return false
        }
    }

    // MARK: Who may

    /// A script in any allowed page could send the cookie of an administrator who is signed in.
    @Test(arguments: [
        (HTTPRequest.Method.post, "/v1/revocations"), (.get, "/v1/revocations"), (.get, "/v1/users"),
        (.get, "/v1/users/alice/streams"), (.delete, "/v1/users/alice/streams"),
    ])
    func `a session's cookie does not administer`(method: HTTPRequest.Method, path: String) throws {
        let bench = try GatewayBench()
        let cookie = "__Host-sluice=\(String(repeating: "1", count: 32)).\(try bench.token("root", isAdmin: true))"
        let answer = try bench.answer(
            GatewayBench.request(method, path, [.cookie: cookie, .origin: "https://app.example"]))
        #expect(answer.status == .unauthorized && answer.code == "token-missing")
        #expect(answer.challenge != nil)
    }

    // MARK: Which tokens

    @Test func `a user's tokens are refused that were issued up to now, and a later one is good`() async throws {
        let bench = try GatewayBench()
        let (hers, his) = try (bench.token("alice", issuedAfter: -9), bench.token("bob", issuedAfter: -9))
        let thisSecond = try bench.token("alice")
        #expect(try await bench.administer(.post, Self.path, #"{"sub":"alice"}"#).text == #"{"streamsEnded":0}"#)
        #expect(try Self.isRefused(bench, hers) && Self.isRefused(bench, thisSecond) && !Self.isRefused(bench, his))
        await bench.bench.pass(.seconds(1))
        #expect(try !Self.isRefused(bench, bench.token("alice")))
        #expect(try Self.isRefused(bench, hers))
    }

    @Test(arguments: [
        (#"{"sub":"alice","issuedBefore":1799999990}"#, true, false),
        (#"{"sub":"alice","issuedBefore":0}"#, false, false),
        (#"{"everyone":true,"issuedBefore":1799999990}"#, true, true),
        (#"{"issuedBefore":1799999989.5,"everyone":true}"#, true, true),
        (#"{"everyone":true,"issuedBefore":1799999989}"#, false, false),
        (#"{"jti":"t"}"#, true, false), (#"{"jti":"T"}"#, false, false),
    ])
    func `what it names is refused, and nothing else`(body: String, hers: Bool, his: Bool) async throws {
        let bench = try GatewayBench()
        let (alice, bob) = try (
            bench.token("alice", issuedAfter: -11, tokenID: "t"), bench.token("bob", issuedAfter: -11)
        )
        #expect(try await bench.administer(.post, Self.path, body).status == .ok)
        #expect(try Self.isRefused(bench, alice) == hers)
        #expect(try Self.isRefused(bench, bob) == his)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"sub":"alice","jti":"t"}"#, #"{"sub":7}"#, #"{"sub":"a*"}"#, #"{"sub":""}"#,
        #"{"everyone":true}"#, #"{"everyone":false,"issuedBefore":1}"#, #"{"jti":"t","issuedBefore":1}"#,
        #"{"sub":"alice","issuedBefore":-1}"#, #"{"sub":"alice","issuedBefore":"1"}"#,
        #"{"sub":"alice","issuedBefore":1800000000000}"#, #"{"sub":"alice","issued_before":1}"#,
        #"{"sub":"alice","sub":"bob"}"#, #"{"jti":"\#(String(repeating: "t", count: 257))"}"#, #"{"sub":"alice"} x"#,
    ])
    func `what says nothing clear is refused, and revokes nothing`(body: String) async throws {
        let bench = try GatewayBench()
        let answer = try await bench.administer(.post, Self.path, body)
        #expect(answer.status == .badRequest && ["revocation-invalid", "json-invalid"].contains(answer.code))
        #expect(bench.bench.hub.revocations.count == 0)
    }

    @Test func `it takes JSON, of a length`() async throws {
        let bench = try GatewayBench()
        let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        #expect(try await bench.administer(.post, Self.path, "sub=alice", form).status == .unsupportedMediaType)
        let lines: HTTPFields = [.contentType: "application/x-ndjson"]
        #expect(try await bench.administer(.post, Self.path, "{}", lines).code == "media-type-unsupported")
        let long: HTTPFields = [.contentType: "application/json", .contentLength: "1025"]
        #expect(try await bench.administer(.post, Self.path, "{}", long).status == .contentTooLarge)
    }

    // MARK: Who may

    @Test(arguments: [
        (HTTPRequest.Method.post, path), (.get, path), (.get, "/v1/users"), (.get, "/v1/users/alice/streams"),
        (.delete, "/v1/users/alice/streams"), (.delete, "/v1/users/alice/streams/0-1"),
    ])
    func `only an administrator may`(method: HTTPRequest.Method, path: String) async throws {
        let bench = try GatewayBench()
        let body = method == .post ? #"{"sub":"alice"}"# : nil
        let nobody = try await bench.administer(method, path, body, token: "")
        #expect(nobody.status == .unauthorized && nobody.code == "token-missing")
        let everything = try bench.token("alice", subscribe: ["*"], publish: ["user:*", "topic:*", "everyone"])
        let user = try await bench.administer(method, path, body, token: everything)
        #expect(user.status == .forbidden && user.code == "grant-missing")
        #expect(user.challenge?.contains("insufficient_scope") == true)
        #expect(try await bench.administer(method, path, body).status == .ok)
    }

    @Test func `an administrator whose own token is revoked may no more`() async throws {
        let bench = try GatewayBench()
        #expect(try await bench.administer(.post, Self.path, #"{"sub":"root"}"#).status == .ok)
        #expect(try await bench.administer(.get, Self.path).code == "token-revoked")
    }

    // MARK: The list

    @Test func `the list says what is in force, in pages, and until when`() async throws {
        let bench = try GatewayBench()
        for body in [#"{"jti":"t"}"#, #"{"sub":"alice","issuedBefore":7}"#, #"{"everyone":true,"issuedBefore":5}"#] {
            _ = try await bench.administer(.post, Self.path, body)
        }
        let at = #""revokedAt":"2027-01-15T08:00:00Z","until":"2028-02-19T08:10:00Z""#
        let (jti, sub, everyone) = (
            #"{"jti":"t",\#(at)}"#, #"{"sub":"alice","issuedBefore":7,\#(at)}"#,
            #"{"everyone":true,"issuedBefore":5,\#(at)}"#
        )
        let all = try await bench.administer(.get, Self.path)
        #expect(all.text == #"{"revocations":[\#(jti),\#(sub),\#(everyone)]}"#)
        let first = try await bench.administer(.get, Self.path + "?limit=2").text
        let cursor = try #require(first.split(separator: #""next":""#).last?.dropLast(2))
        #expect(first == #"{"revocations":[\#(jti),\#(sub)],"next":"\#(cursor)"}"#)
        let rest = try await bench.administer(.get, Self.path + "?limit=2&cursor=\(cursor)")
        #expect(rest.text == #"{"revocations":[\#(everyone)]}"#)
    }

    @Test(arguments: ["?limit=0", "?limit=1001", "?limit=+1", "?limit=", "?cursor=", "?cursor=1", "?cursor=zz.1"])
    func `a page that can't be is refused`(query: String) async throws {
        let answer = try await GatewayBench().administer(.get, Self.path + query)
        #expect(answer.status == .badRequest && ["limit-invalid", "cursor-unknown"].contains(answer.code))
    }

    /// A place has one text: no sign, and no zero in front.
    @Test(arguments: [("5", true), ("%2B5", false), ("05", false), ("-5", false), ("", false), ("5%20", false)])
    func `a page begins at a place that the gateway wrote`(place: String, isTaken: Bool) async throws {
        let bench = try GatewayBench()
        let mark = String(bench.bench.hub.pageMark, radix: 16)
        let answer = try await bench.administer(.get, Self.path + "?cursor=\(mark).\(place)")
        #expect(answer.status == (isTaken ? .ok : .badRequest))
    }

    // MARK: Whoever was let in before

    @Test func `a connection's verified token is judged anew with each publish`() async throws {
        let bench = try GatewayBench()
        let token = try bench.token("backend", publish: ["everyone"])
        var peer = Peer()
        let publish = GatewayBench.request(.post, "/v1/publish", token: token, [.contentType: "application/json"])
        for isRevoked in [false, true] {
            if isRevoked { _ = try await bench.administer(.post, Self.path, #"{"sub":"backend"}"#) }
            switch bench.gateway.judge(publish, from: &peer) {
            case .collect: #expect(!isRevoked)
            case .answer(let answer): #expect(isRevoked && answer.code == "token-revoked")
            default: Issue.record("a stream")
            }
        }
    }

    @Test func `a session's cookie is judged alike, and a sign-in does not bring it back`() async throws {
        let bench = try GatewayBench()
        let token = try bench.token("alice")
        let cookie = "__Host-sluice=\(String(repeating: "7", count: 32)).\(token)"
        let fields: HTTPFields = [.cookie: cookie, .origin: GatewayBench.allowedOrigin]
        _ = try bench.stream(GatewayBench.request(.get, "/v1/stream", fields))
        _ = try await bench.administer(.post, Self.path, #"{"sub":"alice"}"#)
        #expect(try bench.answer(GatewayBench.request(.get, "/v1/stream", fields)).code == "token-revoked")
        let signIn = GatewayBench.request(.post, "/v1/session", token: token, fields)
        #expect(try bench.answer(signIn).code == "token-revoked")
    }

    @Test func `a page is told in the stream, and not to come back with this token`() async throws {
        let bench = try GatewayBench()
        let token = try bench.token("alice")
        _ = try await bench.administer(.post, Self.path, #"{"sub":"alice"}"#)
        let answer = try bench.answer(GatewayBench.request(.get, "/v1/stream?refusals=event", token: token))
        #expect(answer.status == .ok && answer.code == "token-revoked" && answer.text.contains(#""retryable":false"#))
    }

    /// A plan may wait between its request and its opening.
    @Test func `a token that is revoked before its stream opens gets none`() async throws {
        let bench = try GatewayBench()
        let plan = try bench.stream(GatewayBench.request(token: bench.token("alice")))
        _ = try await bench.administer(.post, Self.path, #"{"sub":"alice"}"#)
        let wire = try await Wire(ScriptedJudge { _ in .stream(plan) }, on: bench.bench.loop)
        try await wire.send("GET / HTTP/1.1\r\nHost: sluice\r\n\r\n")
        let text = try await wire.received()
        #expect(text.contains("token-revoked") && text.contains(#""retryable":false"#))
        #expect(bench.bench.metrics.openedCount == 0)
    }

    @Test func `what a full list does not take is not in force, and it goes on with what it has`() async throws {
        let bench = try GatewayBench()
        for number in 0..<4 { _ = try await bench.administer(.post, Self.path, #"{"jti":"\#(number)"}"#) }
        let refused = try await bench.administer(.post, Self.path, #"{"sub":"alice"}"#)
        #expect(refused.status == .serviceUnavailable && refused.code == "revocations-limit")
        #expect(refused.detail?.contains("limits.revocations") == true)
        #expect(try !Self.isRefused(bench, bench.token("alice")))
        #expect(try Self.isRefused(bench, bench.token("alice", tokenID: "3")))
        #expect(try await bench.administer(.post, Self.path, #"{"jti":"3"}"#).status == .ok)
    }
}
