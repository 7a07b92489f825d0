import Testing

@testable import TokenAuth

/// One attack a row. Where an attack needs a good signature to get anywhere, it has one.
@Suite struct HostileTokenTests {
    typealias Row = (attack: String, token: String, code: TokenRefusal.Code)

    private static func header(_ text: String) throws -> String { try Forge.hs256.token(header: text) }
    private static func with(_ more: String) throws -> String { try header(#"{"alg":"HS256","kid":"k256",\#(more)}"#) }

    private static func algorithms() throws -> [Row] {
        let claims = Forge.encode(Forge.claims)
        let good = try Forge.hs256.token()
        let signature = good.split(separator: ".")[2]
        let none = [
            "none", "None", "nOnE", "NONE", "none ", "", "hs256", "HS256 ", "HS1", "RS256", "ES256", "PS512", "EdDSA",
            "HS2560", "A128KW", "dir",
        ]
        var rows = try none.map { name -> Row in
            ("alg \(name)", try header(#"{"alg":"\#(name)","kid":"k256"}"#), .algorithm)
        }
        rows += none.map { name in
            ("alg \(name) unsigned", Forge.encode(#"{"alg":"\#(name)","kid":"k256"}"#) + ".\(claims).", .algorithm)
        }
        rows += [
            ("alg missing", try header(#"{"kid":"k256"}"#), .malformed),
            ("alg null", try header(#"{"alg":null,"kid":"k256"}"#), .malformed),
            ("alg array", try header(#"{"alg":["HS256"],"kid":"k256"}"#), .malformed),
            ("alg twice", try header(#"{"alg":"none","kid":"k256","alg":"HS256"}"#), .malformed),
            ("alg by escape", try header(#"{"alg":"HS256","kid":"k256","\u0061lg":"none"}"#), .malformed),
            (
                "HS512 key for HS256", try Forge(keyID: "k512", algorithm: .hs256, secret: Forge.hs512.secret).token(),
                .algorithm
            ),
            (
                "HS256 key for HS512", try Forge(keyID: "k256", algorithm: .hs512, secret: Forge.hs256.secret).token(),
                .algorithm
            ),
            (
                "HS384 key for HS512", try Forge(keyID: "k384", algorithm: .hs512, secret: Forge.hs384.secret).token(),
                .algorithm
            ),
            (
                "another key's kid", try Forge(keyID: "k512", algorithm: .hs512, secret: Forge.hs256.secret).token(),
                .signature
            ),
            (
                "another secret",
                try Forge(keyID: "k256", algorithm: .hs256, secret: [UInt8](repeating: 0, count: 32)).token(),
                .signature
            ),
            ("an empty secret", try Forge(keyID: "k256", algorithm: .hs256, secret: []).token(), .signature),
            ("kid missing, another key's algorithm", try header(#"{"alg":"HS384"}"#), .signature),
            ("kid unknown", try header(#"{"alg":"HS256","kid":"K256"}"#), .keyUnknown),
            ("kid empty", try header(#"{"alg":"HS256","kid":""}"#), .keyUnknown),
            ("kid null", try header(#"{"alg":"HS256","kid":null}"#), .malformed),
            ("kid number", try header(#"{"alg":"HS256","kid":0}"#), .malformed),
            ("kid path", try header(#"{"alg":"HS256","kid":"../../dev/null"}"#), .keyUnknown),
            ("kid SQL", try header(#"{"alg":"HS256","kid":"' OR 1=1 --"}"#), .keyUnknown),
            ("kid huge", try header(#"{"alg":"HS256","kid":"\#(String(repeating: "k", count: 4000))"}"#), .keyUnknown),
            ("kid with a Kelvin sign", try header(#"{"alg":"HS256","kid":"\u212a256"}"#), .keyUnknown),
            (
                "claims of another token",
                good.split(separator: ".")[0] + "." + Forge.encode(#"{"sub":"root","exp":1800003600}"#) + "."
                    + signature, .signature
            ),
        ]
        return rows
    }

    private static func parameters() throws -> [Row] {
        let parameters = [
            #""crit":["exp"]"#, #""crit":[]"#, #""crit":["b64"],"b64":false"#, #""b64":true"#, #""b64":false"#,
            #""jku":"https://evil.example/keys""#, #""jwk":\#(Forge.hs256.jwk)"#, #""x5u":"https://evil.example/c""#,
            #""zip":"DEF""#, #""enc":"A128GCM""#, #""cty":"JWT""#, #""cty":"application/jwt""#, #""cty":7"#,
            #""typ":"JWE""#,
            #""typ":"logout+jwt""#,
            #""typ":"secevent+jwt""#, #""typ":"dpop+jwt""#, #""typ":"""#, #""typ":7"#, #""typ":null"#,
            #""cr\u0069t":["x"]"#,
            #""x":1,"x":2"#, #""x":\#(String(repeating: "[", count: 3000))"#,
        ]
        return try parameters.map { ("header \($0.prefix(30))", try with($0), .malformed) }
    }

    private static func forms() throws -> [Row] {
        let good = try Forge.hs256.token()
        let parts = good.split(separator: ".").map(String.init)
        let (header, claims, signature) = (parts[0], parts[1], parts[2])
        var rows: [Row] = [
            ("empty", "", .malformed),
            ("dots", "..", .malformed),
            ("one dot", ".", .malformed),
            ("three dots", good + ".", .malformed),
            ("two parts", "\(header).\(claims)", .malformed),
            ("empty signature", "\(header).\(claims).", .signature),
            ("empty claims", try Forge.hs256.signed("\(header)."), .malformed),
            ("empty header", ".\(claims).\(signature)", .malformed),
            ("JWE", "\(header).a.b.c.d", .malformed),
            ("JSON serialization", #"{"payload":"\#(claims)","signature":"\#(signature)"}"#, .malformed),
            ("leading space", " " + good, .malformed),
            ("trailing space", good + " ", .malformed),
            ("newline", good + "\n", .malformed),
            ("NUL", good + "\0", .malformed),
            ("Bearer", "Bearer " + good, .malformed),
            ("quoted", "\"\(good)\"", .malformed),
            ("padding on the signature", good + "=", .malformed),
            ("padding on the header", "\(header)=.\(claims).\(signature)", .malformed),
            (
                "padding that is signed", try Forge.hs256.signed("\(header).\(Forge.encode(Forge.claims + " "))=="),
                .malformed
            ),
            (
                "plain base64", try Forge.hs256.signed(header + "." + Forge.encode(Forge.claims).dropLast() + "+/"),
                .malformed
            ),
            ("line break in claims", "\(header).\(claims.prefix(8))\n\(claims.dropFirst(8)).\(signature)", .signature),
            ("not ASCII", "\(header).\(claims).é\(signature)", .malformed),
            ("percent", "\(header).\(claims).%2e\(signature)", .malformed),
            ("larger than allowed", "\(header).\(String(repeating: "A", count: 8192)).\(signature)", .malformed),
            ("huge", String(repeating: "A.", count: 1_000_000), .malformed),
            ("header is a string", try Self.header(#""HS256""#), .malformed),
            ("header is an array", try Self.header("[]"), .malformed),
            ("header is null", try Self.header("null"), .malformed),
            ("header with more behind", try Self.header(Forge.hs256.header + "x"), .malformed),
            ("signature twice", good + signature, .malformed),
            ("signature cut to 31 bytes", "\(header).\(claims).\(signature.dropLast(3))A", .malformed),
            ("signature one byte longer", "\(header).\(claims).\(signature.dropLast())AA", .signature),
            (
                "bad UTF-8 in the header",
                try Forge.hs256.token(claims: [], header: Array(Forge.hs256.header.utf8) + [0xff]), .malformed
            ),
            (
                "bad UTF-8 in the claims",
                try Forge.hs256.token(
                    claims: Array(#"{"sub":""#.utf8) + [0xc0, 0xaf], header: Array(Forge.hs256.header.utf8)), .malformed
            ),
        ]
        rows += good.indices.dropFirst().map { ("cut", String(good[..<$0]), .malformed) }.prefix(
            header.count + claims.count)
        return rows
    }

    @Test func `no attack gets in, and each has its reason`() throws {
        let verifier = try Forge.verifier()
        for row in try Self.algorithms() + Self.parameters() + Self.forms() {
            guard case .failure(let refusal) = verifier.outcome(row.token) else {
                Issue.record("\(row.attack): accepted")
                continue
            }
            #expect(refusal.code == row.code, "\(row.attack): \(refusal)")
            #expect(refusal.detail.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(row.attack)")
            for part in row.token.split(separator: ".") where part.count > 8 { #expect(!refusal.detail.contains(part)) }
        }
    }

    @Test(arguments: ["JWT", "jwt", "at+jwt", "application/jwt", "Application/AT+JWT"])
    func `a type for access is accepted`(_ type: String) throws {
        #expect(try Forge.verifier().code(try Self.with(#""typ":"\#(type)""#)) == nil)
    }

    @Test func `unknown header parameters are passed over`() throws {
        for parameter in [
            #""x":{"y":[1]},"ver":"1""#, #""x5c":["MII"]"#, #""x5t":"x""#, #""x5t#S256":"x""#, #""cty":"json""#,
        ] {
            #expect(try Forge.verifier().code(try Self.with(parameter)) == nil)
        }
    }

    @Test(arguments: Forge.all) func `no bit of a token may change`(_ forge: Forge) throws {
        let verifier = try Forge.verifier()
        let token = Array(try forge.token().utf8)
        #expect(throws: Never.self) { try verifier.verify(token, now: Forge.now) }
        for index in token.indices {
            for bit in 0..<8 {
                var changed = token
                changed[index] ^= 1 << UInt8(bit)
                #expect(throws: TokenRefusal.self) { try verifier.verify(changed, now: Forge.now) }
            }
        }
    }

    @Test(arguments: Forge.all) func `no bit of a signature may change`(_ forge: Forge) throws {
        let verifier = try Forge.verifier()
        let parts = try forge.token().split(separator: ".")
        let signature = try #require(Base64URL.decode(Array(parts[2].utf8)[...]))
        for index in signature.indices {
            for bit in 0..<8 {
                var changed = signature
                changed[index] ^= 1 << UInt8(bit)
                #expect(verifier.code("\(parts[0]).\(parts[1]).\(Forge.encode(changed))") == .signature)
            }
            #expect(verifier.code("\(parts[0]).\(parts[1]).\(Forge.encode(Array(signature[..<index])))") == .signature)
        }
        #expect(verifier.code("\(parts[0]).\(parts[1]).\(Forge.encode(signature + [0]))") == .signature)
    }

    @Test func `nothing is parsed before the signature is good`() throws {
        let header = Forge.encode(Forge.hs256.header)
        let token = "\(header).\(Forge.encode("no JSON")).\(Forge.encode([UInt8](repeating: 0, count: 32)))"
        #expect(try Forge.verifier().code(token) == .signature)
    }

    @Test func `a limit of bytes holds to the byte`() throws {
        let token = try Forge.hs256.token()
        #expect(try Forge.verifier(TokenPolicy(maximumTokenBytes: token.utf8.count)).code(token) == nil)
        #expect(try Forge.verifier(TokenPolicy(maximumTokenBytes: token.utf8.count - 1)).code(token) == .malformed)
        #expect(try Forge.verifier(TokenPolicy(maximumTokenBytes: -1)).code("") == .malformed)
    }
}
