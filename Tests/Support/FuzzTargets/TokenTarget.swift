@testable internal import TokenAuth

/// What stands behind `Authorization: Bearer`, and the key sets that identity providers publish.
enum TokenTarget {
    /// RFC 7517 appendix A.3's key, in base64url: nobody's secret.
    private static let keys = Array(
        """
        {"keys":[{"kty":"oct","alg":"HS256","kid":"1",\
        "k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]}
        """.utf8)
    private static let keySet: KeySet = {
        do { return try KeySet(jwks: keys) } catch { preconditionFailure("\(error)") }
    }()
    private static let verifier = TokenVerifier(keys: keySet, policy: TokenPolicy())
    private static let now = NumericDate(secondsSinceEpoch: 1_700_000_000)

    static func read(_ bytes: [UInt8]) {
        guard (try? verifier.verify(bytes, now: now)) == nil else {
            preconditionFailure("a token that nobody signed is taken")
        }
    }

    /// Claims that somebody did sign: an issuer writes what it likes.
    static func readClaims(_ bytes: [UInt8]) {
        let dot = [UInt8(ascii: ".")]
        let input = Base64URL.encode(Array(#"{"alg":"HS256","kid":"1"}"#.utf8)) + dot + Base64URL.encode(bytes)
        guard let signature = try? keySet.keys[0].material.signature(for: input.span) else {
            preconditionFailure("a key that does not sign")
        }
        _ = try? verifier.verify(input + dot + Base64URL.encode(signature), now: now)
    }

    static func readKeySet(_ bytes: [UInt8]) {
        for source in [KeySet.Source.operator, .provider] { _ = try? KeySet(jwks: bytes, source: source) }
    }
}
