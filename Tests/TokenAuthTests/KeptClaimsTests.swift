import Testing

@testable import TokenAuth

/// The claims of a token that are kept in its place: they are good as long as the token would be, and no longer.
@Suite struct KeptClaimsTests {
    private static let now = NumericDate(secondsSinceEpoch: 1_800_000_000)
    private static let issuer = "https://id.example"

    private static func keys(_ kid: String = "k1", letter: UInt8 = 0x73) throws -> KeySet {
        let secret = String(decoding: Base64URL.encode([UInt8](repeating: letter, count: 32)), as: UTF8.self)
        return try KeySet(jwks: Array(#"{"keys":[{"kty":"oct","kid":"\#(kid)","alg":"HS256","k":"\#(secret)"}]}"#.utf8))
    }

    private static func verifier(
        _ keys: KeySet, rules: IssuerRules = IssuerRules(), policy: TokenPolicy = TokenPolicy(), canFetch: Bool = false
    ) -> TokenVerifier {
        TokenVerifier(issuers: [TrustedIssuer(rules: rules, keys: keys, canFetch: canFetch)], policy: policy)
    }

    private static func claims(
        _ verifier: TokenVerifier, _ keys: KeySet, issuer: String? = nil, audience: String? = nil
    ) throws -> Claims {
        let grants = try Grants(subscribe: ["news", "rooms/*"], publish: ["user:*", "everyone"], isAdmin: true)
        let token = try TokenIssuer(keys: keys).issue(
            subject: "Ren\u{E9} \"R\"", lifetimeSeconds: 3600, grants: grants, issuer: issuer, audience: audience,
            tokenID: "t-1", now: now)
        return try verifier.verify(token.utf8, now: now)
    }

    private static func refusal(_ body: () throws -> Claims) -> String? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? TokenRefusal)?.code.description ?? "\(error)" }
    }

    @Test func `in which order the rules' lists stand is no other rule`() throws {
        func mark(_ sorted: (([String]) -> [String])) throws -> UInt64 {
            let rules = IssuerRules(
                audiences: sorted(["a", "b"]), authorizedParties: sorted(["c", "d"]),
                defaultGrants: try Grants(subscribe: sorted(["e", "f"]), publish: sorted(["user:g", "user:h"])))
            return rules.mark(TokenPolicy())
        }
        #expect(try mark { $0 } == mark { $0.reversed() })
        #expect(try mark { $0 } != mark { $0.map { $0 + "x" } })
    }

    @Test func `they say what the token said, to a later process too`() throws {
        let keys = try Self.keys()
        let claims = try Self.claims(Self.verifier(keys), keys)
        let text = Self.verifier(keys).kept(claims)
        let later = try Self.verifier(Self.keys()).claims(kept: text, now: Self.now)
        #expect(later == claims && later.issueSecond == claims.issueSecond)
    }

    /// What is in stores must be read by later versions: a change here is another version.
    @Test func `the text`() throws {
        let keys = try Self.keys()
        let claims = try Self.claims(Self.verifier(keys), keys)
        let text = String(decoding: Self.verifier(keys).kept(claims), as: UTF8.self)
        #expect(
            text == """
                {"version":1,"user":"Ren\u{E9} \\"R\\"","tokenID":"t-1","issuedAt":1800000000,"issueSecond":1800000000,\
                "expiresAt":1800003600,"keyID":"k1","key":"\(String(claims.key.number, radix: 16))",\
                "rules":"\(String(IssuerRules().mark(TokenPolicy()), radix: 16))",\
                "subscribe":["news","rooms/*"],"publish":["user:*","everyone"],"admin":true}
                """)
    }

    @Test func `they end with the token, and a lifetime that became too long is refused`() throws {
        let keys = try Self.keys()
        var policy = TokenPolicy(clockSkewSeconds: 30)
        let text = Self.verifier(keys).kept(try Self.claims(Self.verifier(keys), keys))
        let verifier = Self.verifier(keys, policy: policy)
        func code(at seconds: Int64, _ verifier: TokenVerifier) -> String? {
            let now = NumericDate(secondsSinceEpoch: Self.now.secondsSinceEpoch + seconds)
            return Self.refusal { try verifier.claims(kept: text, now: now) }
        }
        #expect(code(at: 3629, verifier) == nil && code(at: 3630, verifier) == "token-expired")
        #expect(code(at: -31, verifier) == "token-not-yet-valid")
        policy.maximumLifetimeSeconds = 3599
        #expect(code(at: 0, Self.verifier(keys, policy: policy)) == "token-claims")
    }

    @Test func `a key that is gone, or is another under the same name, ends them`() throws {
        let keys = try Self.keys()
        let text = Self.verifier(keys).kept(try Self.claims(Self.verifier(keys), keys))
        for others in [try Self.keys("k2"), try Self.keys(letter: 0x74), .none] {
            #expect(Self.refusal { try Self.verifier(others).claims(kept: text, now: Self.now) } == "token-key-unknown")
        }
    }

    @Test func `where the key may be had from its issuer, the refusal names it`() throws {
        let keys = try Self.keys()
        let rules = IssuerRules(name: Self.issuer)
        let verifier = Self.verifier(keys, rules: rules)
        let text = verifier.kept(try Self.claims(verifier, keys, issuer: Self.issuer))
        let error = #expect(throws: TokenRefusal.self) {
            try Self.verifier(.none, rules: rules, canFetch: true).claims(kept: text, now: Self.now)
        }
        #expect(error?.missingKey == MissingKey(issuer: Self.issuer, keyID: "k1"))
    }

    @Test func `an issuer that is trusted no more ends them, and so does one of another name with the key`() throws {
        let keys = try Self.keys()
        let rules = IssuerRules(name: Self.issuer)
        let verifier = Self.verifier(keys, rules: rules)
        let text = verifier.kept(try Self.claims(verifier, keys, issuer: Self.issuer))
        for name in [nil, "https://other.example"] {
            let other = Self.verifier(keys, rules: IssuerRules(name: name))
            #expect(Self.refusal { try other.claims(kept: text, now: Self.now) } == "token-issuer")
        }
    }

    /// A token would be judged by them anew; of what is kept, not all is there that they ask for.
    @Test(arguments: [
        IssuerRules(audiences: ["sluice"]), IssuerRules(authorizedParties: ["app"]),
        IssuerRules(userClaim: ClaimPath("oid") ?? .subject), IssuerRules(userPrefix: "x:"),
        IssuerRules(grantsClaim: ClaimPath("roles") ?? .sluice), IssuerRules(roleGrants: ["role:editor": .none]),
        IssuerRules(audiences: ["a,b"]), IssuerRules(audiences: ["a", "b"]),
    ])
    func `other rules than those that they were judged by end them`(rules: IssuerRules) throws {
        let keys = try Self.keys()
        let text = Self.verifier(keys).kept(try Self.claims(Self.verifier(keys), keys))
        let code = Self.refusal { try Self.verifier(keys, rules: rules).claims(kept: text, now: Self.now) }
        #expect(code == "token-rules-changed")
    }

    @Test func `another name of the nameless issuer ends them, and the order of roles does not`() throws {
        let keys = try Self.keys()
        let text = Self.verifier(keys).kept(try Self.claims(Self.verifier(keys), keys))
        let named = Self.verifier(keys, policy: TokenPolicy(issuer: "backend"))
        #expect(Self.refusal { try named.claims(kept: text, now: Self.now) } == "token-rules-changed")
        let roles = (0..<20).map { ("role:\($0)", Grants.none) }
        let marks = [roles, roles.reversed()].map {
            IssuerRules(roleGrants: Dictionary($0) { first, _ in first }).mark(TokenPolicy())
        }
        #expect(marks[0] == marks[1])
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"version":2,"user":"alice"}"#, #"{"version":1,"user":"a*","expiresAt":1800003600}"#,
        #"{"version":1,"user":"alice","more":1}"#, #"{"version":1,"user":"alice","key":"xyz"}"#,
    ])
    func `what is no such text is refused`(text: String) throws {
        let verifier = Self.verifier(try Self.keys())
        #expect(Self.refusal { try verifier.claims(kept: Array(text.utf8), now: Self.now) } == "token-rules-changed")
    }
}
