import EventLog
import Foundation
import HTTPTypes
import HTTPWire
import MemoryEventLog
import NIOConcurrencyHelpers
import Testing
import TokenAuth

@testable import GatewayRules
@testable import HTTPServing

/// Whoever is not let in is told why, in a way that a program and a person can act on (RFC 6750 §3, RFC 9457).
@Suite struct TokenRefusalTests {
    private static func refusal(
        _ code: String, bench: GatewayBench, token: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for request in [
            GatewayBench.request(.get, "/v1/stream", token: token),
            GatewayBench.request(.head, "/v1/stream", token: token),
            GatewayBench.request(.post, "/v1/publish", token: token, [.contentType: "application/json"]),
        ] {
            let answer = try bench.answer(request)
            #expect(answer.status == .unauthorized, sourceLocation: sourceLocation)
            #expect(answer.code == code, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(answer.refusal == code, sourceLocation: sourceLocation)
            #expect((answer.detail ?? "").count > 20, "\(answer.text)", sourceLocation: sourceLocation)
            let challenge = answer.challenge ?? ""
            #expect(
                challenge.hasPrefix(#"Bearer realm="sluice", error="invalid_token", error_description=""#),
                "\(challenge)", sourceLocation: sourceLocation)
            #expect(answer.fields[.contentType] == "application/problem+json", sourceLocation: sourceLocation)
            #expect(answer.fields[.cacheControl] == "no-store", sourceLocation: sourceLocation)
            #expect(!answer.text.contains(token), "a token is never repeated", sourceLocation: sourceLocation)
            #expect(!challenge.contains(token), sourceLocation: sourceLocation)
        }
    }

    @Test func `no token is challenged without an error`() throws {
        let bench = try GatewayBench()
        for request in [GatewayBench.request(), GatewayBench.request(.post, "/v1/publish")] {
            let answer = try bench.answer(request)
            #expect(answer.status == .unauthorized)
            #expect(answer.code == "token-missing")
            #expect(answer.challenge == #"Bearer realm="sluice""#)
            #expect(answer.detail?.contains("Authorization: Bearer") == true)
        }
    }

    @Test func `a good token opens a stream for its subject`() throws {
        let bench = try GatewayBench()
        let plan = try bench.stream(GatewayBench.request(token: try bench.token("alice")))
        #expect(plan.interest.user == "alice")
    }

    @Test func `another secret`() throws {
        let bench = try GatewayBench()
        let token = try bench.token(keys: try GatewayBench.keys(letter: "x"))
        try Self.refusal("token-signature", bench: bench, token: token)
    }

    @Test func `another key id`() throws {
        let bench = try GatewayBench()
        try Self.refusal("token-key-unknown", bench: bench, token: try bench.token(keys: GatewayBench.keys(kid: "k2")))
    }

    @Test(arguments: ["HS384", "HS512"])
    func `the same secret with another algorithm than its key's`(algorithm: String) throws {
        let bench = try GatewayBench()
        let token = try bench.token(keys: try GatewayBench.keys(algorithm: algorithm))
        try Self.refusal("token-algorithm", bench: bench, token: token)
    }

    @Test(arguments: ["none", "None", "NONE", "RS256", "ES256", "HS1", ""])
    func `an algorithm that is none of ours`(algorithm: String) throws {
        let bench = try GatewayBench()
        let header = GatewayBench.base64URL(#"{"alg":"\#(algorithm)","kid":"k1"}"#)
        let claims = GatewayBench.base64URL(#"{"sub":"alice","exp":1900000000}"#)
        for signature in ["AAAA", GatewayBench.base64URL(String(repeating: "s", count: 32))] {
            try Self.refusal("token-algorithm", bench: bench, token: "\(header).\(claims).\(signature)")
        }
    }

    @Test func `a changed claim`() throws {
        let bench = try GatewayBench()
        let parts = try bench.token("alice").split(separator: ".").map(String.init)
        let claims = GatewayBench.base64URL(#"{"sub":"bob","exp":1900000000}"#)
        try Self.refusal("token-signature", bench: bench, token: "\(parts[0]).\(claims).\(parts[2])")
    }

    @Test func `an expired token, the allowance for clocks included`() throws {
        let bench = try GatewayBench()
        let late = try bench.token(lifetime: 10, issuedAfter: -40)
        try Self.refusal("token-expired", bench: bench, token: late)
        _ = try bench.stream(GatewayBench.request(token: try bench.token(lifetime: 10, issuedAfter: -39)))
    }

    @Test func `a token from the future, the allowance for clocks included`() throws {
        let bench = try GatewayBench()
        try Self.refusal("token-not-yet-valid", bench: bench, token: try bench.token(issuedAfter: 31))
        _ = try bench.stream(GatewayBench.request(token: try bench.token(issuedAfter: 30)))
    }

    @Test func `another audience, or none, or one where none is configured`() throws {
        let named = try GatewayBench(audience: "sluice")
        try Self.refusal("token-audience", bench: named, token: try named.token(audience: "other"))
        try Self.refusal("token-audience", bench: named, token: try named.token())
        _ = try named.stream(GatewayBench.request(token: try named.token(audience: "sluice")))
        let unnamed = try GatewayBench()
        try Self.refusal("token-audience", bench: unnamed, token: try unnamed.token(audience: "sluice"))
    }

    @Test func `another issuer, or none`() throws {
        let bench = try GatewayBench(issuer: "backend")
        try Self.refusal("token-issuer", bench: bench, token: try bench.token(issuer: "other"))
        try Self.refusal("token-issuer", bench: bench, token: try bench.token())
        _ = try bench.stream(GatewayBench.request(token: try bench.token(issuer: "backend")))
    }

    @Test(arguments: ["x", "a.b", "a.b.c", "a.b.c.d", "..", "eyJ9.eyJ9.AAAA", "é.é.é", "a b"])
    func `what is no token`(token: String) throws {
        try Self.refusal("token-malformed", bench: try GatewayBench(), token: token)
    }

    @Test func `a token that is too long`() throws {
        let long = String(repeating: "x", count: 9000)
        try Self.refusal("token-malformed", bench: try GatewayBench(), token: long)
    }

    // MARK: Grants

    @Test func `a topic that is not granted`() throws {
        let bench = try GatewayBench()
        let token = try bench.token(subscribe: ["news", "rooms/*"])
        for topic in ["sport", "room", "News", "news/x"] {
            let answer = try bench.answer(
                GatewayBench.request(.get, "/v1/stream?topic=news&topic=\(topic)", token: token))
            #expect(answer.status == .forbidden)
            #expect(answer.code == "grant-missing")
            #expect(answer.challenge?.contains(#"error="insufficient_scope""#) == true)
            #expect(answer.detail?.contains("sluice.subscribe") == true)
        }
    }

    @Test func `an audience that is not granted`() async throws {
        let bench = try GatewayBench()
        let token = try bench.token(publish: ["user:bob", "topic:news"])
        for audience in [
            #"{"user":"alice"}"#, #"{"users":["bob","alice"]}"#, #"{"topic":"sport"}"#, #"{"everyone":true}"#,
        ] {
            let answer = try await bench.publish(#"{"to":\#(audience),"data":"x"}"#, token: token)
            #expect(answer.status == .forbidden)
            #expect(answer.code == "grant-missing")
            #expect(answer.challenge?.contains(#"error="insufficient_scope""#) == true)
            #expect(answer.detail?.contains("sluice.publish") == true)
        }
        for audience in [#"{"user":"bob"}"#, #"{"users":["bob","bob"]}"#, #"{"topic":"news"}"#] {
            #expect(try await bench.publish(#"{"to":\#(audience),"data":"x"}"#, token: token).status == .ok)
        }
        #expect(bench.bench.log.head == 3, "what was refused is not in the log")
    }

    // MARK: Client certificates

    @Test func `publishing without the client certificate that the operator asks for`() throws {
        var settings = GatewayBench.settings
        settings.publishNeedsClientCertificate = true
        let bench = try GatewayBench(settings)
        let token = try bench.token(publish: ["everyone"])
        let request = GatewayBench.request(.post, "/v1/publish", token: token, [.contentType: "application/json"])
        let answer = try bench.answer(request)
        #expect(answer.status == .forbidden)
        #expect(answer.code == "client-certificate-missing")
        #expect(answer.detail?.contains("tls.client_ca") == true)
        let end = bench.bench.wall.withLockedValue { $0.adding(seconds: 60) }
        guard case .collect = bench.judge(request, from: Peer(certificateEnd: end)) else {
            Issue.record("a verified client was refused")
            return
        }
        _ = try bench.stream(GatewayBench.request(token: token))
        let unknown = try bench.answer(
            GatewayBench.request(.post, "/v1/publish"), from: Peer(certificateEnd: end))
        #expect(unknown.code == "token-missing", "a certificate is no token")
    }

    @Test func `a client certificate that ends while its connection lives publishes no more`() throws {
        var settings = GatewayBench.settings
        settings.publishNeedsClientCertificate = true
        let bench = try GatewayBench(settings)
        let token = try bench.token(publish: ["everyone"])
        let request = GatewayBench.request(.post, "/v1/publish", token: token, [.contentType: "application/json"])
        let peer = Peer(certificateEnd: bench.bench.wall.withLockedValue { $0.adding(seconds: 12) })
        for (seconds, isTaken) in [(0, true), (12, true), (1, false)] as [(Int64, Bool)] {
            bench.bench.wall.withLockedValue { $0 = $0.adding(seconds: seconds) }
            if case .collect = bench.judge(request, from: peer) {
                #expect(isTaken)
            } else {
                #expect(!isTaken)
                #expect(try bench.answer(request, from: peer).code == "client-certificate-expired")
            }
        }
    }
}
