import Testing

@testable import TokenAuth

/// What the issuer makes, the verifier takes; what the verifier would not take, the issuer does not make.
@Suite struct TokenIssuerTests {
    @Test(arguments: Forge.all) func `tokens come back as they were ordered`(_ forge: Forge) throws {
        let grants = try Grants(subscribe: ["news", "rooms/*"], publish: ["user:*", "everyone"], isAdmin: true)
        let token = try TokenIssuer(keys: try Forge.keys(), keyID: forge.keyID).issue(
            subject: "Zoë \"😀\"", lifetimeSeconds: 60, grants: grants, issuer: "i\n", audience: "a", tokenID: "t/1",
            now: Forge.now)
        let verifier = try Forge.verifier(TokenPolicy(issuer: "i\n", audience: "a"))
        let claims = try verifier.outcome(token).get()
        #expect(claims.subject == "Zoë \"😀\"" && claims.tokenID == "t/1" && claims.grants == grants)
        #expect(claims.keyID == forge.keyID && claims.issuedAt == Forge.now)
        #expect(claims.expiresAt.secondsSinceEpoch == Forge.now.secondsSinceEpoch + 60)
    }

    @Test func `the first key signs, and the least token is small`() throws {
        let token = try TokenIssuer(keys: try Forge.keys()).issue(subject: "a", lifetimeSeconds: 60, now: Forge.now)
        let expected = try Forge.hs256.token(
            #"{"sub":"a","iat":1800000000,"exp":1800000060}"#, header: #"{"alg":"HS256","typ":"JWT","kid":"k256"}"#)
        #expect(token == expected)
    }

    @Test func `an unknown kid signs nothing`() throws {
        let error = try #require(throws: KeySetError.self) { try TokenIssuer(keys: try Forge.keys(), keyID: "other") }
        #expect(error.code == .keyID)
    }

    @Test(arguments: ["", "*", "a\n", "e\u{301}", String(repeating: "a", count: 257)])
    func `a bad subject is refused`(_ subject: String) throws {
        let issuer = try TokenIssuer(keys: try Forge.keys())
        let error = try #require(throws: TokenIssueError.self) {
            try issuer.issue(subject: subject, lifetimeSeconds: 60, now: Forge.now)
        }
        #expect(error.code == .subject)
        let other = try #require(throws: TokenIssueError.self) {
            try issuer.issue(subject: "a", lifetimeSeconds: 60, tokenID: subject, now: Forge.now)
        }
        #expect(other.code == .tokenID)
    }

    @Test(arguments: [0, -1, Int64.min, Int64.max, 253_402_300_799])
    func `a bad lifetime is refused`(_ lifetime: Int64) throws {
        let issuer = try TokenIssuer(keys: try Forge.keys())
        let error = try #require(throws: TokenIssueError.self) {
            try issuer.issue(subject: "a", lifetimeSeconds: lifetime, now: Forge.now)
        }
        #expect(error.code == .lifetime)
    }
}
