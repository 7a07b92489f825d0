import OpenSSLKit
import Testing

@testable import TokenAuth

/// The examples of the standards. Theirs are not our claims, so what is looked at is the signature.
@Suite struct PublishedVectorTests {
    /// RFC 7515 appendix A.1.
    private static let secret7515 =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    private static let header7515 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    private static let claims7515 =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private static let signature7515 = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    @Test func `RFC 7515 A.1 is signed as it says`() throws {
        let secret = try #require(Base64URL.decode(Array(Self.secret7515.utf8)[...]))
        let key = try HMACKey(secret: secret, hash: .sha256)
        let code = try key.authenticationCode(for: Array("\(Self.header7515).\(Self.claims7515)".utf8).span)
        #expect(Forge.encode(code) == Self.signature7515)
    }

    @Test func `RFC 7515 A.1 has no kid, is signed by the only key, and lacks a sub`() throws {
        let jwks = #"{"keys":[{"kty":"oct","kid":"a1","k":"\#(Self.secret7515)"}]}"#
        let verifier = TokenVerifier(keys: try KeySet(jwks: Array(jwks.utf8)), policy: TokenPolicy())
        #expect(verifier.code("\(Self.header7515).\(Self.claims7515).\(Self.signature7515)") == .claims)
    }

    @Test func `RFC 7515 A.1's claims with a kid are read, and lack a sub`() throws {
        let secret = try #require(Base64URL.decode(Array(Self.secret7515.utf8)[...]))
        let forge = Forge(keyID: "a1", algorithm: .hs256, secret: secret)
        let verifier = TokenVerifier(
            keys: try KeySet(jwks: Array(#"{"keys":[\#(forge.jwk)]}"#.utf8)), policy: TokenPolicy())
        let token = try forge.signed("\(Forge.encode(forge.header)).\(Self.claims7515)")
        #expect(verifier.code(token, at: NumericDate(secondsSinceEpoch: 1_300_819_379)) == .claims)
    }

    /// RFC 7515 appendix A.5, the unsecured one.
    @Test func `RFC 7515 A.5 is refused`() throws {
        #expect(try Forge.verifier().code("eyJhbGciOiJub25lIn0.\(Self.claims7515).") == .algorithm)
    }

    /// RFC 7520 §4.4: its payload is a line of a book. That it is read at all shows that the signature was good.
    @Test func `RFC 7520 section 4.4 is signed as it says`() throws {
        let header =
            "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9"
        let payload = """
            SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9h\
            ZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3\
            ZXB0IG9mZiB0by4
            """
        let jwks = """
            {"keys":[{"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256",\
            "k":"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"}]}
            """
        let verifier = TokenVerifier(keys: try KeySet(jwks: Array(jwks.utf8)), policy: TokenPolicy())
        #expect(verifier.code("\(header).\(payload).s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0") == .malformed)
        #expect(verifier.code("\(header).\(payload).s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p4") == .signature)
    }
}
