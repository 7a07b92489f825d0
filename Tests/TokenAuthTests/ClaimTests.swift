import Testing

@testable import TokenAuth

/// Claims of well-signed tokens, one rule a row.
@Suite struct ClaimTests {
    typealias Row = (claims: String, code: TokenRefusal.Code?)

    private static func with(_ more: String) -> String { #"{"sub":"alice","exp":1800003600,\#(more)}"# }
    private static func exp(_ value: String) -> String { #"{"sub":"alice","exp":\#(value)}"# }
    private static func sub(_ value: String) -> String { #"{"sub":\#(value),"exp":1800003600}"# }

    /// The time is 1 800 000 000, the skew 30 s.
    static let times: [Row] = [
        (exp("1800003600"), nil), (exp("1799999971"), nil), (exp("1799999970"), .expired), (exp("0"), .expired),
        (exp("1799999971.0"), nil),
        (exp("1799999970.999"), .expired),
        (exp("1.8000036e9"), nil),
        (exp("253402300799"), nil),
        (exp("253402300800"), .claims),
        (exp("1800003600000"), .claims),
        (exp("-1"), .claims),
        (exp("-0.5"), .claims),
        (exp("1e400"), .claims),
        (exp("-1e400"), .claims),
        (exp("1e308"), .claims),
        (exp("9223372036854775808"), .claims),
        (exp("253402300799.5"), .claims), (exp("9223372036854775807"), .claims),
        (exp("\"1800003600\""), .claims),
        (exp("null"), .claims),
        (exp("true"), .claims),
        (exp("[1800003600]"), .claims),
        (exp("{}"), .claims),
        (exp("0x6b49d200"), .malformed),
        (exp("NaN"), .malformed),
        (exp("01800003600"), .malformed),
        (#"{"sub":"alice"}"#, .claims),
        (with(#""nbf":1800000030"#), nil),
        (with(#""nbf":1800000031"#), .notYetValid),
        (with(#""nbf":1800000030.5"#), .notYetValid), (with(#""nbf":0"#), nil), (with(#""nbf":"0""#), .claims),
        (with(#""iat":1800000030"#), nil),
        (with(#""iat":1800000031"#), .notYetValid),
        (with(#""iat":-1"#), .claims),
        (with(#""iat":1e999"#), .claims), (with(#""nbf":null"#), .claims),
    ]

    static let subjects: [Row] = [
        (#"{"exp":1800003600}"#, .claims), (sub(#""""#), .claims), (sub("7"), .claims), (sub("null"), .claims),
        (sub(#"["alice"]"#), .claims),
        (sub(#""a\u0000""#), .claims),
        (sub(#""a\r\n""#), .claims),
        (sub(#""*""#), .claims),
        (sub(#""\u0085""#), .claims),
        (sub(#""e\u0301""#), .claims),
        (sub("\"\(String(repeating: "a", count: 257))\""), .claims),
        (sub("\"\(String(repeating: "a", count: 256))\""), nil), (sub(#""auth0|5f\u00e9 😀""#), nil),
        (with(#""jti":"""#), .claims),
        (with(#""jti":7"#), .claims),
        (with(#""jti":"7-\u000a""#), .claims),
        (with(#""jti":"x""#), nil),
    ]

    static let shapes: [Row] = [
        ("", .malformed), ("[]", .malformed), ("null", .malformed), ("{}", .claims), ("{} {}", .malformed),
        (with(#""sub":"bob""#), .malformed),
        (with(#""s\u0075b":"bob""#), .malformed),
        (with(#""exp":1"#), .malformed),
        (with(#""x":{"y":1,"y":2}"#), .malformed), (with(#""x":"\ud800""#), .malformed),
        (with(#""x":"# + String(repeating: "[", count: 31) + String(repeating: "]", count: 31)), nil),
        (with(#""x":"# + String(repeating: "[", count: 32) + String(repeating: "]", count: 32)), .malformed),
        (with(#""x":"# + String(repeating: "[", count: 5000)), .malformed), (with(#""x":01"#), .malformed),
        ("\u{feff}" + Forge.claims, .malformed), (Forge.claims + "\0", .malformed),
        (with(#""Exp":"x","SUB":1,"email":"a@b.c""#), nil),
    ]

    static let grants: [Row] = [
        (with(#""sluice":{}"#), nil),
        (with(#""sluice":{"subscribe":["news"],"publish":["user:*"],"admin":false}"#), nil),
        (with(#""sluice":null"#), .claims), (with(#""sluice":[]"#), .claims), (with(#""sluice":"admin""#), .claims),
        (with(#""sluice":{"subscribes":["news"]}"#), .claims), (with(#""sluice":{"Admin":true}"#), .claims),
        (with(#""sluice":{"subscribe":"news"}"#), .claims), (with(#""sluice":{"subscribe":[1]}"#), .claims),
        (with(#""sluice":{"subscribe":[["news"]]}"#), .claims), (with(#""sluice":{"subscribe":["a*b"]}"#), .claims),
        (with(#""sluice":{"subscribe":null}"#), .claims), (with(#""sluice":{"publish":["alice"]}"#), .claims),
        (with(#""sluice":{"admin":1}"#), .claims), (with(#""sluice":{"admin":"true"}"#), .claims),
        (with(#""sluice":{"admin":true,"admin":false}"#), .malformed),
        (with(#""sluice":{},"sluice":{}"#), .malformed),
    ]

    @Test(arguments: times + subjects + shapes + grants)
    func `is judged`(_ row: Row) throws {
        let outcome = try Forge.verifier().outcome(try Forge.hs256.token(row.claims))
        switch outcome {
        case .success: #expect(row.code == nil)
        case .failure(let refusal):
            #expect(refusal.code == row.code, "\(refusal)")
            #expect(refusal.detail.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c })
            #expect(!refusal.detail.contains("alice"))
        }
    }

    @Test(arguments: [
        ("", TokenRefusal.Code.issuer, TokenRefusal.Code.audience), (#","iss":"i","aud":"a""#, nil, nil),
        (#","iss":"i","aud":["x","a"]"#, nil, nil), (#","iss":"i","aud":["x"]"#, nil, .audience),
        (#","iss":"i","aud":[]"#, nil, .audience),
        (#","iss":"i","aud":"ab""#, nil, .audience),
        (#","iss":"I","aud":"a""#, .issuer, nil),
        (#","iss":"i/","aud":"a""#, .issuer, nil), (#","iss":["i"],"aud":"a""#, .claims, .claims),
        (#","iss":"i","aud":7"#, .claims, .claims), (#","iss":"i","aud":["a",7]"#, .claims, .claims),
        (#","iss":"i","aud":null"#, .claims, .claims),
    ])
    func `issuer and audience`(_ more: String, _ issuer: TokenRefusal.Code?, _ audience: TokenRefusal.Code?) throws {
        let token = try Forge.hs256.token(#"{"sub":"alice","exp":1800003600\#(more)}"#)
        #expect(try Forge.verifier(TokenPolicy(issuer: "i", audience: "a")).code(token) == issuer ?? audience)
        if issuer == nil { #expect(try Forge.verifier(TokenPolicy(audience: "a")).code(token) == audience) }
    }

    @Test func `who has no name is no one's audience`() throws {
        let verifier = try Forge.verifier(TokenPolicy(issuer: "i"))
        #expect(verifier.code(try Forge.hs256.token(Self.with(#""iss":"i""#))) == nil)
        #expect(verifier.code(try Forge.hs256.token(Self.with(#""iss":"i","aud":"a""#))) == .audience)
        #expect(verifier.code(try Forge.hs256.token(Self.with(#""iss":"i","aud":[]"#))) == .audience)
    }

    @Test func `the skew is bounded, and no time overflows`() throws {
        #expect(TokenPolicy(clockSkewSeconds: .max).clockSkewSeconds == 300)
        #expect(TokenPolicy(clockSkewSeconds: .min).clockSkewSeconds == 0)
        let verifier = try Forge.verifier(TokenPolicy(clockSkewSeconds: 0))
        let token = try Forge.hs256.token(Self.with(#""nbf":1800000000"#))
        #expect(verifier.code(token, at: NumericDate(secondsSinceEpoch: 1_800_003_599)) == nil)
        #expect(verifier.code(token, at: NumericDate(secondsSinceEpoch: 1_800_003_600)) == .expired)
        #expect(verifier.code(token, at: NumericDate(secondsSinceEpoch: 1_799_999_999)) == .notYetValid)
        #expect(verifier.code(token, at: NumericDate(secondsSinceEpoch: .max)) == .expired)
        #expect(verifier.code(token, at: NumericDate(secondsSinceEpoch: .min)) == .notYetValid)
    }

    @Test func `a token that lives too long is refused, from iat on or else from now on`() throws {
        var policy = TokenPolicy()
        policy.maximumLifetimeSeconds = 7200
        let verifier = try Forge.verifier(policy)
        for (claims, isTaken) in [
            (#""iat":1799996400"#, true), (#""iat":1799996399"#, false), (#""iat":1799996399.5"#, true),
            (#""x":1"#, true), (#""iat":0"#, false), (#""iat":1800000010"#, true),
        ] { #expect((verifier.code(try Forge.hs256.token(Self.with(claims))) == nil) == isTaken, "\(claims)") }
        for (end, isTaken) in [(1_800_007_200, true), (1_800_007_201, false), (253_402_300_799, false)] {
            let token = try Forge.hs256.token(#"{"sub":"alice","exp":\#(end)}"#)
            #expect(verifier.code(token) == (isTaken ? nil : .claims), "\(end)")
        }
    }

    @Test func `what is accepted is given`() throws {
        let token = try Forge.hs384.token(
            Self.with(#""iat":1799999999.5,"jti":"t1","sluice":{"subscribe":["news"],"publish":["user:bob"]}"#))
        let claims = try Forge.verifier().outcome(token).get()
        #expect(claims.subject == "alice" && claims.tokenID == "t1" && claims.keyID == "k384")
        #expect(claims.issuedAt == NumericDate(secondsSinceEpoch: 1_800_000_000))
        #expect(claims.issueSecond == NumericDate(secondsSinceEpoch: 1_799_999_999), "what revocations compare with")
        #expect(claims.expiresAt == NumericDate(secondsSinceEpoch: 1_800_003_600))
        #expect(claims.grants == (try Grants(subscribe: ["news"], publish: ["user:bob"])))
    }
}
