import Testing

@testable import TokenAuth

/// A key set is right as a whole, or refused with the place of what is wrong.
@Suite struct KeySetTests {
    private static let secret = Forge.encode([UInt8](repeating: 7, count: 32))

    private static func keys(_ members: String...) -> String {
        #"{"keys":["# + members.map { "{\($0)}" }.joined(separator: ",") + "]}"
    }

    private static func key(_ more: String) -> String { keys(#""kty":"oct","kid":"a","k":"\#(secret)"\#(more)"#) }

    private func error(_ jwks: String) throws -> KeySetError {
        try #require(throws: KeySetError.self) { try KeySet(jwks: Array(jwks.utf8)) }
    }

    @Test(arguments: [
        key(""), key(#","alg":"HS256""#), key(#","use":"sig""#), key(#","key_ops":["sign","verify"]"#),
        key(#","key_ops":["verify"]"#), key(#","n":{"x":[1]},"ext":true"#),
        #"{"x":1,"keys":[{"kty":"oct","kid":"a","k":"\#(secret)"}],"y":null}"#,
    ])
    func `is taken`(_ jwks: String) throws {
        #expect(try KeySet(jwks: Array(jwks.utf8)).keys.map(\.keyID) == ["a"])
    }

    @Test(arguments: [
        ("", KeySetError.Code.malformed, "ends where"),
        ("[]", .malformed, "an object"),
        ("{}", .malformed, "`keys`"),
        (#"{"keys":{}}"#, .malformed, "an array"), (#"{"keys":[1]}"#, .malformed, "an object"),
        (#"{"keys":[]}"#, .empty, "no key"), (#"{"keys":[]} x"#, .malformed, "more behind"),
        (#"{"keys":[],"keys":[]}"#, .malformed, "twice"), (keys(#""kid":"a","kid":"a""#), .malformed, "twice"),
        (keys(#""kty":"oct","k":"\#(secret)""#), .keyID, "keys[0] has no kid"),
        (keys(#""kty":"oct","kid":"","k":"\#(secret)""#), .keyID, "keys[0]"),
        (keys(#""kty":"oct","kid":"a\nb","k":"\#(secret)""#), .keyID, "keys[0]"),
        (keys(#""kty":"oct","kid":7,"k":"\#(secret)""#), .malformed, "a string"),
        (
            keys(#""kty":"oct","kid":"a","k":"\#(secret)""#, #""kty":"oct","kid":"a","k":"\#(secret)""#), .keyID,
            "keys[1]"
        ),
        (keys(#""kid":"a","k":"\#(secret)""#), .keyType, #"keys[0] (kid "a") has no kty"#),
        (keys(#""kty":"RSA","kid":"a","n":"x""#), .material, #"keys[0] (kid "a")"#),
        (keys(#""kty":"OCT","kid":"a","k":"\#(secret)""#), .keyType, "oct"),
        (key(#","alg":"RS256""#), .algorithm, "HS256"), (key(#","alg":"none""#), .algorithm, "HS256"),
        (key(#","alg":"hs256""#), .algorithm, "HS256"), (key(#","alg":"A256GCM""#), .algorithm, "HS256"),
        (key(#","alg":"HS384""#), .secret, "needs at least 48"),
        (key(#","alg":"HS512""#), .secret, "needs at least 64"),
        (key(#","use":"enc""#), .use, "use"), (key(#","key_ops":["encrypt"]"#), .use, "key_ops"),
        (key(#","key_ops":["sign","wrapKey"]"#), .use, "key_ops"), (key(#","key_ops":[]"#), .use, "key_ops"),
        (key(#","key_ops":["sign","sign"]"#), .use, "twice"), (key(#","key_ops":"sign""#), .malformed, "an array"),
        (keys(#""kty":"oct","kid":"a""#), .secret, "no k"),
        (keys(#""kty":"oct","kid":"a","k":"""#), .secret, "0 bytes"),
        (keys(#""kty":"oct","kid":"a","k":"\#(secret)=""#), .secret, "base64url"),
        (keys(#""kty":"oct","kid":"a","k":"A+/A\#(secret)""#), .secret, "base64url"),
        (keys(#""kty":"oct","kid":"a","k":"\#(secret.dropLast(3))""#), .secret, "30 bytes"),
    ])
    func `is refused`(_ jwks: String, _ code: KeySetError.Code, _ words: String) throws {
        let error = try error(jwks)
        #expect(error.code == code)
        #expect(error.message.contains(words), "\(error)")
        #expect(!error.message.contains(Self.secret.prefix(20)))
    }

    @Test func `bad UTF-8 is refused`() {
        #expect(throws: KeySetError.self) { try KeySet(jwks: Array(Self.key("").utf8) + [0xff]) }
    }

    @Test func `without alg a key is for HS256, however long it is`() throws {
        let forge = Forge(keyID: "a", algorithm: .hs512, secret: Array(0..<64))
        let jwks = #"{"keys":[{"kty":"oct","kid":"a","k":"\#(Forge.encode(forge.secret))"}]}"#
        let verifier = TokenVerifier(keys: try KeySet(jwks: Array(jwks.utf8)), policy: TokenPolicy())
        #expect(verifier.code(try forge.token()) == .algorithm)
        #expect(verifier.code(try Forge(keyID: "a", algorithm: .hs256, secret: forge.secret).token()) == nil)
    }

    @Test func `what key_ops does not hold is not done`() throws {
        let signing = try KeySet(jwks: Array(Self.key(#","key_ops":["sign"]"#).utf8))
        let verifying = try KeySet(jwks: Array(Self.key(#","key_ops":["verify"]"#).utf8))
        let token = try TokenIssuer(keys: signing).issue(subject: "alice", lifetimeSeconds: 60, now: Forge.now)
        #expect(TokenVerifier(keys: signing, policy: TokenPolicy()).code(token) == .keyUnknown)
        #expect(TokenVerifier(keys: verifying, policy: TokenPolicy()).code(token) == nil)
        let error = try #require(throws: KeySetError.self) { try TokenIssuer(keys: verifying) }
        #expect(error.code == .use)
    }
}
