// Promise: a token that is not exactly right is refused, with the reason, the remedy, and the fields of RFC 6750.

import Testing

extension Outside {
    @Suite struct TokenRefusalTests {
        /// Per kind of token that `issue_tokens.py` makes, the code of the refusal; nil is accepted.
        private static let expected: [String: String?] = [
            "good": nil, "good-512": nil, "reader": nil, "audience-list": nil,
            "wrong-key": "token-signature", "changed-claims": "token-signature",
            "expired": "token-expired", "not-yet-valid": "token-not-yet-valid",
            "issued-tomorrow": "token-not-yet-valid",
            "wrong-issuer": "token-issuer", "wrong-audience": "token-audience", "no-audience": "token-audience",
            "unknown-kid": "token-key-unknown", "no-kid": nil,
            "algorithm-none": "token-algorithm", "algorithm-None": "token-algorithm",
            "512-key-for-256": "token-algorithm",
            "no-expiry": "token-claims", "no-subject": "token-claims", "expiry-is-text": "token-claims",
            "critical-header": "token-malformed", "two-parts": "token-malformed", "padded": "token-malformed",
            "not-a-token": "token-malformed", "changed-signature": "token-signature",
        ]

        @Test func everyBadTokenIsRefusedWithItsReason() async throws {
            let keys = try Workspace()
            let keyFile = try KeySetFile.twoKeys(in: keys)
            let settings: Settings = [
                "auth.keys": keyFile, "auth.issuer": "https://issuer.example", "auth.audience": "sluice",
                "limits.request_head": "64KiB",
            ]
            try await Gateway.run(settings) { gateway in
                let script = [Package.client("issue_tokens.py"), "--keys", keyFile]
                let issued = JSONLine.all(in: try await Child(Package.python(), script, in: keys).succeeded())
                for (kind, code) in Self.expected {
                    let token = try #require(issued.first { $0.text("kind") == kind }?.text("token"), "no \(kind)")
                    let answer = try await gateway.request("/v1/publish", "--data", "x", token: token)
                    guard let code else {
                        #expect(answer.status != 401, "\(kind): \(answer.body)")
                        continue
                    }
                    try Self.expect(answer, refusedWith: code, kind: kind)
                    #expect(!answer.body.contains(token), "\(kind): the refusal repeats the token")
                }
                let huge = try #require(issued.first { $0.text("kind") == "huge" }?.text("token"))
                try Self.expect(
                    await gateway.request("/v1/publish", "--data", "x", token: huge), refusedWith: "token-malformed",
                    kind: "huge")
            }
        }

        @Test func noTokenIsAskedForOne() async throws {
            try await Gateway.run { gateway in
                for path in ["/v1/stream", "/v1/publish"] {
                    let answer = try await gateway.request(path, "--request", path == "/v1/stream" ? "GET" : "POST")
                    #expect(answer.status == 401)
                    #expect(answer.code == "token-missing")
                    // RFC 6750 section 3.1: a request without credentials is told the scheme, and no error code.
                    let challenge = try #require(answer["www-authenticate"])
                    #expect(challenge.hasPrefix("Bearer") && !challenge.contains("error="))
                    #expect(answer.detail?.contains("Authorization") == true)
                }
                #expect(try await gateway.metrics().sum("sluice_refusals_total", where: "token-missing") == 2)
            }
        }

        @Test func anotherSchemeIsNoToken() async throws {
            try await Gateway.run { gateway in
                let answer = try await gateway.request("/v1/stream", "--user", "alice:secret")
                #expect(answer.status == 401)
                #expect(answer["www-authenticate"]?.hasPrefix("Bearer") == true)
            }
        }

        private static func expect(_ answer: Answer, refusedWith code: String, kind: String) throws {
            #expect(answer.status == 401, "\(kind): \(answer.body)")
            #expect(answer.code == code, "\(kind): \(answer.body)")
            #expect(answer["content-type"]?.hasPrefix("application/problem+json") == true, "\(kind)")
            let challenge = try #require(answer["www-authenticate"], "\(kind) has no WWW-Authenticate")
            #expect(
                challenge.hasPrefix("Bearer") && challenge.contains("error=\"invalid_token\""), "\(kind): \(challenge)")
            #expect(answer.json["status"] as? Int == 401)
            #expect(answer.json["type"] as? String == "urn:sluice:problem:\(code)")
            #expect((answer.detail ?? "").count > 20, "\(kind): the detail says too little")
        }
    }
}
