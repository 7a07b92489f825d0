import Testing

@testable import TokenAuth

/// Several issuers side by side: each has its keys and its rules, and no other's.
@Suite struct IssuerTests {
    /// Two issuers and the default one, whose keys have the same name and are different ones.
    private static let secrets: [String?: Forge] = [
        "https://a": Forge(keyID: "k", algorithm: .hs256, secret: Array(0..<32)),
        "https://b": Forge(keyID: "k", algorithm: .hs256, secret: Array(1..<33)),
        "https://K": Forge(keyID: "k", algorithm: .hs256, secret: Array(3..<35)),
        nil: Forge(keyID: "k", algorithm: .hs256, secret: Array(2..<34)),
    ]

    private static func issuer(_ name: String?, canFetch: Bool = true) throws -> TrustedIssuer {
        let jwk = try #require(secrets[name]).jwk
        return TrustedIssuer(
            rules: IssuerRules(name: name), keys: try KeySet(jwks: Array(#"{"keys":[\#(jwk)]}"#.utf8)),
            canFetch: canFetch)
    }

    private static func token(iss: String?, signedBy signer: String?, header: String? = nil) throws -> String {
        let member = iss.map { #""iss":"\#($0)","# } ?? ""
        let claims = #"{\#(member)"sub":"alice","exp":1800003600}"#
        return try #require(secrets[signer]).token(claims, header: header)
    }

    private static func verifier(_ names: String?..., policy: TokenPolicy = TokenPolicy()) throws -> TokenVerifier {
        TokenVerifier(issuers: try names.map { try issuer($0) }, policy: policy)
    }

    @Test(arguments: ["https://a", "https://b", nil])
    func `a token is its issuer's, by that one's key`(_ name: String?) throws {
        let verifier = try Self.verifier(nil, "https://a", "https://b")
        for signer in Self.secrets.keys {
            let outcome = verifier.outcome(try Self.token(iss: name, signedBy: signer))
            if signer == name {
                #expect(try outcome.get().issuer == name)
            } else {
                #expect(throws: TokenRefusal.self) { try outcome.get() }
                #expect(verifier.code(try Self.token(iss: name, signedBy: signer)) == .signature)
            }
        }
    }

    /// Streams end with the mark that let them in: when an issuer is taken out, with its own only.
    @Test func `a key that two issuers have has a mark for each`() throws {
        let issuers = try [nil, "a", "b"].map { TrustedIssuer(rules: IssuerRules(name: $0), keys: try Forge.keys()) }
        let verifier = TokenVerifier(issuers: issuers, policy: TokenPolicy())
        let marks = try ["", #""iss":"a","#, #""iss":"b","#].map { issuer in
            try verifier.outcome(Forge.hs256.token(#"{\#(issuer)"sub":"x","exp":1800003600}"#)).get().key
        }
        #expect(Set(marks).count == 3 && verifier.keyMarks.count == 9)
        #expect(verifier.keyMarks.isSuperset(of: marks))
        for (index, mark) in marks.enumerated() {
            let rest = TokenVerifier(
                issuers: issuers.filter { $0.rules.name != issuers[index].rules.name }, policy: TokenPolicy())
            #expect(!rest.keyMarks.contains(mark))
        }
    }

    @Test(arguments: ["https://A", "https://a/", "https://a ", "https://\\u212a", "", "null"])
    func `an issuer that is not named is the default one's, or nobody's`(_ name: String) throws {
        let token = try Self.token(iss: name, signedBy: nil)
        #expect(try Self.verifier(nil, "https://a", "https://K").outcome(token).get().issuer == nil)
        #expect(try Self.verifier("https://a", "https://K").code(token) == .issuer)
        #expect(try Self.verifier("https://a").code(try Self.token(iss: name, signedBy: "https://a")) == .issuer)
    }

    @Test(arguments: ["", "{", "[]", #"{"iss":7}"#, #"{"iss":"https://a","iss":"https://a"}"#])
    func `what names no issuer is refused`(_ claims: String) throws {
        let token = try #require(Self.secrets["https://a"]).token(claims)
        #expect(try Self.verifier("https://a").code(token) != nil)
        #expect(try Self.verifier(nil, "https://a").code(token) != nil)
        let plain = try #require(Self.secrets[nil]).token(claims)
        #expect(try Self.verifier(nil, "https://a").code(plain) != nil)
    }

    @Test func `the default issuer's name is the policy's`() throws {
        let verifier = try Self.verifier(nil, "https://a", policy: TokenPolicy(issuer: "https://c"))
        #expect(verifier.code(try Self.token(iss: "https://c", signedBy: nil)) == nil)
        #expect(verifier.code(try Self.token(iss: "https://d", signedBy: nil)) == .issuer)
        #expect(verifier.code(try Self.token(iss: nil, signedBy: nil)) == .issuer)
        #expect(verifier.code(try Self.token(iss: "https://a", signedBy: "https://a")) == nil)
    }

    // MARK: Keys that are missing

    private static func refusal(_ verifier: TokenVerifier, _ token: String) -> TokenRefusal? {
        if case .failure(let refusal) = verifier.outcome(token) { refusal } else { nil }
    }

    @Test func `a key that the issuer may have by now is told to be missing`() throws {
        let verifier = try Self.verifier(nil, "https://a")
        let unknown = #"{"alg":"HS256","kid":"new"}"#
        let refusal = Self.refusal(verifier, try Self.token(iss: "https://a", signedBy: "https://a", header: unknown))
        #expect(refusal?.code == .keyUnknown)
        #expect(refusal?.missingKey == MissingKey(issuer: "https://a", keyID: "new"))
        let nameless = try Self.token(iss: "https://a", signedBy: "https://a", header: #"{"alg":"ES256"}"#)
        #expect(Self.refusal(verifier, nameless)?.missingKey == MissingKey(issuer: "https://a", keyID: nil))
        let empty = TokenVerifier(
            issuers: [TrustedIssuer(rules: IssuerRules(name: "https://a"), keys: .none, canFetch: true)],
            policy: TokenPolicy())
        let first = try Self.token(iss: "https://a", signedBy: "https://a")
        #expect(Self.refusal(empty, first)?.missingKey == MissingKey(issuer: "https://a", keyID: "k"))
    }

    @Test func `nothing is missing where no fetch would help`() throws {
        let unknown = #"{"alg":"HS256","kid":"new"}"#
        let verifier = try Self.verifier(nil, "https://a")
        let ours = Self.refusal(verifier, try Self.token(iss: nil, signedBy: nil, header: unknown))
        #expect(ours?.code == .keyUnknown && ours?.missingKey == nil)
        let file = TokenVerifier(issuers: [try Self.issuer("https://a", canFetch: false)], policy: TokenPolicy())
        let theirs = Self.refusal(file, try Self.token(iss: "https://a", signedBy: "https://a", header: unknown))
        #expect(theirs?.code == .keyUnknown && theirs?.missingKey == nil)
        for header in [#"{"alg":"HS512","kid":"k"}"#, #"{"alg":"HS256","kid":""}"#, #"{"alg":"none"}"#] {
            let token = try Self.token(iss: "https://a", signedBy: "https://a", header: header)
            let refusal = Self.refusal(verifier, token)
            #expect(refusal != nil && refusal?.missingKey == nil, "\(header)")
        }
    }

    // MARK: Tokens without kid

    @Test func `without kid one key alone has to fit`() throws {
        let token = try Forge.hs256.token(header: #"{"alg":"HS256"}"#)
        #expect(try Forge.verifier().outcome(token).get().keyID == "k256")
        let second = Forge(keyID: "k2", algorithm: .hs256, secret: Array(9..<41))
        let keys = try KeySet(jwks: Array(#"{"keys":[\#(Forge.hs256.jwk),\#(second.jwk)]}"#.utf8))
        let verifier = TokenVerifier(keys: keys, policy: TokenPolicy())
        let refusal = Self.refusal(verifier, token)
        #expect(refusal?.code == .keyUnknown && refusal?.detail.contains("2 keys") == true)
        #expect(verifier.code(try Forge.hs256.token()) == nil)
        #expect(verifier.code(try Forge.hs384.token(header: #"{"alg":"HS384"}"#)) == .keyUnknown)
    }

    @Test func `every issuer's keys have their marks`() throws {
        let verifier = try Self.verifier(nil, "https://a", "https://b")
        #expect(verifier.keyMarks.count == 3)
    }
}
