import Testing

@testable import TokenAuth

/// Claims of providers' tokens, by the rules that an issuer has.
@Suite struct IssuerRulesTests {
    private static func roleGrants() throws -> [String: Grants] {
        [
            "role:editor": try Grants(publish: ["topic:news"]), "scope:chat": try Grants(subscribe: ["rooms/*"]),
            "group:staff": try Grants(isAdmin: true), "bare": try Grants(publish: ["everyone"]),
            "role:role:x": try Grants(publish: ["user:*"]),
        ]
    }

    private static func verifier(_ rules: IssuerRules) throws -> TokenVerifier {
        TokenVerifier(issuers: [TrustedIssuer(rules: rules, keys: try Forge.keys())], policy: TokenPolicy())
    }

    private static func outcome(_ rules: IssuerRules, _ claims: String) throws -> Result<Claims, TokenRefusal> {
        try verifier(rules).outcome(try Forge.hs256.token(#"{"exp":1800003600,\#(claims)}"#))
    }

    private static func refusal(_ rules: IssuerRules, _ claims: String) throws -> TokenRefusal? {
        if case .failure(let refusal) = try outcome(rules, claims) { refusal } else { nil }
    }

    // MARK: The user

    @Test(arguments: [
        ("email", #""email":"a@b.c","email_verified":true"#, "a@b.c"),
        ("email", #""email_verified":"true","sub":"x","email":"a@b.c""#, "a@b.c"),
        ("phone_number", #""phone_number":"+1","phone_number_verified":true"#, "+1"),
        ("name", #""name":"a","email_verified":false"#, "a"), ("x.email", #""x":{"email":"a@b.c"}"#, "a@b.c"),
        ("https://id.example/user", #""https://id.example/user":"alice""#, "alice"),
        ("a.b", #""a":{"b":"deep"}"#, "deep"), ("a.b", #""a":{"b":"deep"},"a.b":"flat""#, "flat"),
        ("a.b", #""a.b":"flat","a":{"b":"deep"}"#, "flat"), ("a.b.c", #""a":{"b.c":"x","b":{"c":"y"}}"#, "x"),
        ("a.b.c", #""a.b":{"c":"long"},"a":{"b.c":"short"}"#, "long"), ("client_id", #""client_id":"app""#, "app"),
        ("jti", #""jti":"one""#, "one"),
    ])
    func `the user stands where the rules say`(_ path: String, _ claims: String, _ user: String) throws {
        let rules = IssuerRules(userClaim: try #require(ClaimPath(path)))
        #expect(try Self.outcome(rules, claims).get().subject == user)
    }

    @Test(arguments: [
        ("email", #""sub":"alice""#, "`email`"), ("email", #""email":7"#, "`email`"),
        ("email", #""email":null"#, "`email`"),
        ("a.b", #""a":"b""#, "`a.b`"), ("a.b", #""a":{"B":"x"}"#, "`a.b`"), ("a.b", #""a":[{"b":"x"}]"#, "`a.b`"),
        ("a.b", #""a":{"b":{"c":"x"}}"#, "`a.b`"), ("a", #""a.b":"x""#, "`a`"),
        ("é", #""sub":"x""#, "configured claim"), ("é", #""e\#u{301}":"x""#, "configured claim"),
        ("\"", #""sub":"x""#, "configured claim"), ("email", #""email":"a*""#, "`email`"),
    ])
    func `a user that is not there is asked for by name`(_ path: String, _ claims: String, _ words: String) throws {
        let refusal = try Self.refusal(IssuerRules(userClaim: try #require(ClaimPath(path))), claims)
        #expect(refusal?.code == .claims && refusal?.detail.contains(words) == true)
        #expect(refusal?.detail.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c } == true)
    }

    @Test func `one claim may be read for two things`() throws {
        let user = try Self.outcome(IssuerRules(userClaim: try #require(ClaimPath("jti"))), #""jti":"one""#).get()
        #expect(user.subject == "one" && user.tokenID == "one")
        let role = try #require(ClaimPath("role"))
        let rules = IssuerRules(userClaim: role, grantsClaim: role, roleGrants: try Self.roleGrants())
        let both = try Self.outcome(rules, #""role":"editor""#).get()
        #expect(both.subject == "editor" && both.grants.topicsToPublish.matches("news"))
    }

    @Test func `users of one name at two issuers are two users`() throws {
        let rules = [("a", ""), ("b", "b:"), ("c", "e")].map { IssuerRules(name: $0, userPrefix: $1) }
        let trusted = try rules.map { TrustedIssuer(rules: $0, keys: try Forge.keys()) }
        let verifier = TokenVerifier(issuers: trusted, policy: TokenPolicy())
        let subject = { (issuer: String, user: String) throws in
            let claims = #"{"iss":"\#(issuer)","sub":"\#(user)","exp":1800003600}"#
            return try verifier.outcome(Forge.hs256.token(claims)).map(\.subject)
        }
        #expect(try subject("a", "alice").get() == "alice")
        #expect(try subject("b", "alice").get() == "b:alice")
        #expect(try subject("b", "b:alice").get() == "b:b:alice", "a prefix in the claim is no prefix")
        #expect(try subject("b", String(repeating: "x", count: 254)).get().utf8.count == 256)
        for (issuer, user) in [("b", ""), ("b", "a*"), ("b", String(repeating: "x", count: 255)), ("c", "\u{301}")] {
            #expect(throws: TokenRefusal.self, "\(user)") { try subject(issuer, user).get() }
        }
    }

    /// Who may register with any address must not be whoever has it.
    @Test(arguments: ["", "false", "null", "0", "1", #""false""#, #""True""#, "[true]", #"{"a":true}"#])
    func `an address that nobody verified is no user`(_ value: String) throws {
        for (claim, proof) in [("email", "email_verified"), ("phone_number", "phone_number_verified")] {
            let said = value.isEmpty ? #""x":1"# : #""\#(proof)":\#(value)"#
            let rules = IssuerRules(userClaim: try #require(ClaimPath(claim)))
            let refusal = try Self.refusal(rules, #""sub":"x","\#(claim)":"a","# + said)
            #expect(refusal?.code == .claims && refusal?.detail.contains("`\(proof)` has to be true") == true)
        }
        let other = IssuerRules(userClaim: try #require(ClaimPath("phone_number")))
        #expect(try Self.refusal(other, #""phone_number":"a","email_verified":true"#)?.code == .claims)
    }

    @Test func `what is no claim's name is no path`() {
        for text in ["", "a\n", "e\u{301}", String(repeating: "a", count: 257)] { #expect(ClaimPath(text) == nil) }
    }

    // MARK: Grants

    private static func grants(_ path: String, _ claims: String) throws -> Grants {
        let rules = IssuerRules(
            grantsClaim: try #require(ClaimPath(path)), roleGrants: try roleGrants(),
            defaultGrants: try Grants(subscribe: ["lobby"]))
        return try outcome(rules, #""sub":"alice","# + claims).get().grants
    }

    @Test func `roles and scopes become what they are worth`() throws {
        let editor = try Grants(publish: ["topic:news"])
        let both = try Grants(subscribe: ["rooms/*"], publish: ["topic:news"])
        #expect(try Self.grants("roles", #""roles":["editor"]"#) == editor)
        #expect(try Self.grants("realm_access.roles", #""realm_access":{"roles":["editor","x"]}"#) == editor)
        #expect(try Self.grants("https://id/roles", #""https://id/roles":["chat","editor"]"#) == both)
        #expect(try Self.grants("scope", #""scope":"openid chat  editor""#) == both)
        #expect(try Self.grants("roles", #""roles":["staff","bare"]"#) == Grants(publish: ["everyone"], isAdmin: true))
        #expect(try Self.grants("roles", #""roles":["role:x"]"#) == Grants(publish: ["user:*"]))
        #expect(try Self.grants("g", #""g":{"subscribe":["a"]}"#) == Grants(subscribe: ["a"]))
    }

    @Test(arguments: [
        #""roles":[]"#, #""roles":["Editor","editors","role:editor","scope:chat"," editor"]"#, #""roles":"""#,
        #""roles":"openid profile""#,
    ])
    func `roles that are not configured grant nothing`(_ claims: String) throws {
        #expect(try Self.grants("roles", claims) == .none)
    }

    @Test func `without the claim there are the default grants`() throws {
        #expect(try Self.grants("roles", #""x":1"#) == Grants(subscribe: ["lobby"]))
        #expect(try Self.grants("a.roles", #""a":{}"#) == Grants(subscribe: ["lobby"]))
        let rules = IssuerRules(defaultGrants: try Grants(subscribe: ["lobby"]))
        #expect(try Self.outcome(rules, #""sub":"a","sluice":{}"#).get().grants == .none)
        #expect(try Self.outcome(rules, #""sub":"a""#).get().grants == rules.defaultGrants)
    }

    @Test(arguments: ["null", "7", "true", "[7]", #"[["editor"]]"#, #"{"roles":["editor"]}"#, #"["editor",null]"#])
    func `what is neither roles nor grants is refused`(_ value: String) throws {
        let rules = IssuerRules(grantsClaim: try #require(ClaimPath("roles")), roleGrants: try Self.roleGrants())
        #expect(try Self.refusal(rules, #""sub":"a","roles":\#(value)"#)?.code == .claims)
    }

    @Test func `without a mapping roles are refused, and it is said why`() throws {
        let rules = IssuerRules(grantsClaim: try #require(ClaimPath("roles")))
        let refusal = try Self.refusal(rules, #""sub":"a","roles":["editor"]"#)
        #expect(refusal?.code == .claims && refusal?.detail.contains("auth.grants") == true)
    }

    /// U+212A is equivalent to K, U+037E to a semicolon, and e with an accent behind it to the one letter.
    @Test(arguments: [("K", "\u{212a}"), (";", "\u{37e}"), ("caf\u{e9}", "cafe\u{301}"), ("a", "a*"), ("a", "a\u{0}")])
    func `roles are compared byte by byte`(_ granted: String, _ other: String) throws {
        let path = try #require(ClaimPath("g"))
        let grants = ["role:\(granted)": try Grants(publish: ["everyone"])]
        let rules = IssuerRules(grantsClaim: path, roleGrants: grants)
        for (said, isGranted) in [(granted, true), (other, false)] {
            let text = said.replacing("\u{0}", with: "\\u0000")
            for value in [#"["\#(text)"]"#, #""\#(text)""#] {
                let outcome = try Self.outcome(rules, #""sub":"a","g":\#(value)"#).get()
                #expect(outcome.grants.mayPublishToEveryone == isGranted, "\(said)")
            }
        }
    }

    /// Each uniting sorts its patterns: a token must not have that done for each time that it names a role.
    @Test func `a role that is named often is united once`() throws {
        let many = try Grants(subscribe: (0..<400).map { "topic-\($0)" })
        let rules = IssuerRules(grantsClaim: try #require(ClaimPath("g")), roleGrants: ["r": many])
        let claims = #"{"sub":"a","exp":1800003600,"g":"\#(String(repeating: "r ", count: 2500))"}"#
        let token = try Forge.hs256.token(claims)
        let verifier = try Self.verifier(rules)
        var outcome = verifier.outcome("")
        let time = ContinuousClock().measure { outcome = verifier.outcome(token) }
        #expect(try outcome.get().grants == many)
        #expect(time < .milliseconds(500), "\(time)")
    }

    @Test func `one role by two names has what both grant`() throws {
        let rules = IssuerRules(
            grantsClaim: .sluice,
            roleGrants: ["role:a": try Grants(subscribe: ["x"]), "scope:a": try Grants(publish: ["everyone"])])
        let grants = try Self.outcome(rules, #""sub":"a","sluice":["a"]"#).get().grants
        #expect(grants == (try Grants(subscribe: ["x"], publish: ["everyone"])))
    }

    private static let object = #"{"admin":true,"publish":["everyone"]}"#

    @Test func `a named issuer's object grants only as the claim sluice without a mapping`() throws {
        let granted = try Grants(publish: ["everyone"], isAdmin: true)
        let (own, other) = (ClaimPath.sluice, try #require(ClaimPath("roles")))
        for (name, claim, isMapped, isTaken) in [
            (nil, own, false, true), (nil, own, true, true), (nil, other, false, true), (nil, other, true, true),
            ("id", own, false, true), ("id", own, true, false), ("id", other, false, false), ("id", other, true, false),
        ] {
            let roles = isMapped ? try Self.roleGrants() : [:]
            let rules = IssuerRules(name: name, grantsClaim: claim, roleGrants: roles)
            let outcome = try Self.outcome(rules, #""iss":"id","sub":"a","\#(claim)":\#(Self.object)"#)
            guard isTaken else {
                #expect(throws: TokenRefusal.self, "\(claim) \(isMapped)") { try outcome.get() }
                continue
            }
            #expect(try outcome.get().grants == granted, "\(name ?? "-") \(claim) \(isMapped)")
        }
        let roles = IssuerRules(name: "id", grantsClaim: other, roleGrants: try Self.roleGrants())
        let both = #""iss":"id","sub":"a","roles":["editor"],"sluice":\#(Self.object)"#
        #expect(try Self.outcome(roles, both).get().grants == Grants(publish: ["topic:news"]), "sluice is not asked")
    }

    // MARK: Whom it is for

    @Test(
        arguments: [
            (["x"], [], #""aud":"x""#, true), (["x", "y"], [], #""aud":["z","y"]"#, true),
            (["x"], [], #""aud":"z""#, false),
            (["x"], [], #""azp":"x""#, false), ([], ["app"], #""azp":"app""#, true),
            ([], ["app"], #""client_id":"app""#, true), ([], ["app"], #""aud":"account","azp":"app""#, true),
            ([], ["app"], #""azp":"other""#, false), ([], ["app"], #""x":1"#, false),
            ([], ["app"], #""aud":"app""#, false),
            (["x"], ["app"], #""aud":"x","azp":"other""#, true), (["x"], ["app"], #""aud":"z","azp":"app""#, false),
            (["x"], ["app"], #""azp":"app""#, true), (["x"], ["app"], #""aud":["z","x"],"azp":"app""#, true),
            (["x"], ["app"], #""aud":[],"client_id":"app""#, false), (["x"], ["app"], #""azp":"other""#, false),
            (["x"], ["app"], #""aud":"z","azp":"other","client_id":"App""#, false),
            ([], [], #""azp":"app","client_id":7"#, true), ([], [], #""aud":"x""#, false),
        ] as [([String], [String], String, Bool)])
    func `audience, azp and client_id`(
        _ audiences: [String], _ parties: [String], _ claims: String, _ isTaken: Bool
    ) throws {
        let rules = IssuerRules(audiences: audiences, authorizedParties: parties)
        #expect(try Self.refusal(rules, #""sub":"a","# + claims)?.code == (isTaken ? nil : .audience))
    }
}
