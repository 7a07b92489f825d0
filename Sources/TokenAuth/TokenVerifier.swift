// From a token to its claims, by the rules of RFC 8725. Pure and synchronous: no clock, no files, no state that
// changes.

internal import OpenSSLKit

/// Verifies tokens against one key set and one policy.
package struct TokenVerifier: Sendable {
    private let keys: KeySet
    private let policy: TokenPolicy
    private let identity = Identity()

    /// Tells one verifier from another, be it of the same keys.
    final class Identity: Sendable {}

    /// - Parameters:
    ///   - keys: the keys that tokens may be signed with.
    ///   - policy: what else is asked of them.
    package init(keys: KeySet, policy: TokenPolicy) {
        self.keys = keys
        self.policy = policy
    }

    /// The keys whose tokens are taken.
    package var keyMarks: Set<KeyMark> { keys.verifyingMarks }

    /// A token's claims, when everything about it is right. Nothing of the claims is read before the signature is good.
    ///
    /// - Parameters:
    ///   - token: the UTF-8 bytes of a JWS in compact form (RFC 7515 §7.1), without space around them.
    ///   - now: what time it is.
    /// - Throws: ``TokenRefusal`` with what to fix.
    package func verify(_ token: some Collection<UInt8>, now: NumericDate) throws(TokenRefusal) -> Claims {
        let token = try CompactToken(token, limit: policy.maximumTokenBytes)
        let key = try key(for: try TokenHeader(json: try token.header()))
        let signature = try token.signature()
        guard key.secret.isValid(signature.span, for: token.signingInput.span) else {
            throw Self.refusal(of: signature, token, key)
        }
        return try policy.judge(try ClaimSet(json: try token.claims()), signedBy: key, now: now)
    }

    /// Says which mistake of the signer it was, if it is a known one: the token is refused either way.
    private static func refusal(of signature: [UInt8], _ token: CompactToken, _ key: SigningKey) -> TokenRefusal {
        guard let mistake = key.slips.mistake(in: signature.span, of: token.signingInput.span) else {
            return TokenRefusal(
                .signature, "The token's signature is not its key's: was it signed with the secret of its `kid`?")
        }
        return TokenRefusal(.signature, "The token was signed with \(mistake).")
    }

    /// As ``verify(_:now:)``, for a connection that may show the same token with each request.
    ///
    /// - Parameter last: the token of its last request; becomes this one when it is good.
    package func verify(
        _ token: some Collection<UInt8>, now: NumericDate, last: inout VerifiedToken?
    ) throws(TokenRefusal) -> Claims {
        guard token.count <= policy.maximumTokenBytes else { return try verify(token, now: now) }
        // A string's bytes in one go, where they are together.
        let bytes = token.withContiguousStorageIfAvailable(Array.init) ?? Array(token)
        let known = last?.claims(of: bytes.span, at: now, skew: policy.clockSkewSeconds, for: identity)
        if let known { return known }
        last = nil
        let claims = try verify(bytes, now: now)
        last = VerifiedToken(bytes, claims, at: now, by: identity)
        return claims
    }

    /// The key that the header names, if the header agrees with it on the algorithm (RFC 8725 §3.1).
    private func key(for header: TokenHeader) throws(TokenRefusal) -> SigningKey {
        guard let key = keys.verificationKey(named: header.keyID) else {
            throw TokenRefusal(.keyUnknown, "The token's `kid` is not in the key set of this gateway (auth.keys).")
        }
        guard key.algorithm == header.algorithm else {
            throw TokenRefusal(.algorithm, "The token's `alg` is not the one that its key is for.")
        }
        return key
    }
}
