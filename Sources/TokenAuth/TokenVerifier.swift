// From a token to its claims, by the rules of RFC 8725. Pure and synchronous: no clock, no files, no state that
// changes.

internal import OpenSSLKit
internal import Synchronization

/// Verifies tokens of some issuers by one policy.
package struct TokenVerifier: Sendable {
    let issuers: [TrustedIssuer]
    let policy: TokenPolicy
    /// Of each issuer's rules, in their order; see ``IssuerRules/mark(_:)``.
    let ruleMarks: [UInt64]
    private let identity = Identity()

    /// Tells one verifier from another, be it of the same keys.
    final class Identity: Sendable {
        let signatureChecks = Atomic(0)
    }

    /// How many signatures it has checked, good ones and others: what a request costs more than anything else.
    var signatureChecks: Int { identity.signatureChecks.load(ordering: .relaxed) }

    /// One issuer, which needs no name.
    ///
    /// - Parameters:
    ///   - keys: the keys that tokens may be signed with.
    ///   - policy: what else is asked of them.
    package init(keys: KeySet, policy: TokenPolicy) {
        let rules = IssuerRules(audiences: policy.audience.map { [$0] } ?? [])
        self.init(issuers: [TrustedIssuer(rules: rules, keys: keys)], policy: policy)
    }

    /// Several issuers side by side, each with keys of its own.
    ///
    /// - Parameters:
    ///   - issuers: each of another name, and at most one without. A token whose `iss` is the name of none is the
    ///     nameless one's.
    ///   - policy: what is asked of all tokens. Its issuer is the nameless one's; its audience is nobody's here, see
    ///     ``IssuerRules/audiences``.
    package init(issuers: [TrustedIssuer], policy: TokenPolicy) {
        self.issuers = issuers
        self.policy = policy
        ruleMarks = issuers.map { $0.rules.mark(policy) }
    }

    /// The keys whose tokens are taken.
    package var keyMarks: Set<KeyMark> {
        issuers.reduce(into: []) { marks, issuer in
            marks.formUnion(issuer.keys.verifyingMarks.map { $0.at(issuer: issuer.rules.name) })
        }
    }

    /// A token's claims, when everything about it is right. Before the signature is good, nothing of the claims is read
    /// but the issuer's name, and that only where there are several.
    ///
    /// - Parameters:
    ///   - token: the UTF-8 bytes of a JWS in compact form (RFC 7515 §7.1), without space around them.
    ///   - now: what time it is.
    /// - Throws: ``TokenRefusal`` with what to fix.
    package func verify(_ token: some Collection<UInt8>, now: NumericDate) throws(TokenRefusal) -> Claims {
        guard token.count <= policy.maximumTokenBytes else { throw .tooLarge(limit: policy.maximumTokenBytes) }
        // A string's bytes in one go, where they are together.
        return try claims(of: token.withContiguousStorageIfAvailable(Array.init) ?? Array(token), now: now)
    }

    private func claims(of token: [UInt8], now: NumericDate) throws(TokenRefusal) -> Claims {
        let token = try CompactToken(token)
        let (issuer, key) = try signer(of: token)
        let claims = try ClaimSet(json: try token.claims(), rules: issuer.rules)
        return try policy.judge(claims, by: issuer.rules, signedBy: key, now: now)
    }

    /// Whose token it is, when its signature is good.
    func signer(of token: CompactToken) throws(TokenRefusal) -> (issuer: TrustedIssuer, key: SigningKey) {
        let header = try TokenHeader(json: try token.header())
        let issuer = try issuers.issuer(of: token)
        let key = try issuer.key(for: header)
        let signature = try token.signature()
        identity.signatureChecks.add(1, ordering: .relaxed)
        guard key.material.isValid(signature.span, for: token.signingInput.span) else {
            let refusal = Self.refusal(of: signature, token, key)
            throw header.keyID == nil ? issuer.mayHaveAnotherKey(refusal) : refusal
        }
        return (issuer, key)
    }

    /// Says which mistake of the signer it was, if it is a known one: the token is refused either way.
    private static func refusal(of signature: [UInt8], _ token: CompactToken, _ key: SigningKey) -> TokenRefusal {
        guard let mistake = key.material.mistake(in: signature.span, of: token.signingInput.span) else {
            let what = key.material.isSecret ? "secret" : "private key"
            return TokenRefusal(
                .signature, "The token's signature is not its key's: was it signed with the \(what) of its `kid`?")
        }
        return TokenRefusal(.signature, "The token was signed with \(mistake).")
    }

    /// As ``verify(_:now:)``, for a connection that may show the same token with each request.
    ///
    /// - Parameter last: the token of its last request; becomes this one when it is good.
    package func verify(
        _ token: some Collection<UInt8>, now: NumericDate, last: inout VerifiedToken?
    ) throws(TokenRefusal) -> Claims {
        guard token.count <= policy.maximumTokenBytes else { throw .tooLarge(limit: policy.maximumTokenBytes) }
        let shown = last
        let known = token.withContiguousStorageIfAvailable { bytes in
            shown?.claims(of: bytes.span, at: now, skew: policy.clockSkewSeconds, for: identity)
        }
        if let known = known ?? nil { return known }
        last = nil
        let bytes = token.withContiguousStorageIfAvailable(Array.init) ?? Array(token)
        let claims = try claims(of: bytes, now: now)
        last = VerifiedToken(bytes, claims, at: now, by: identity)
        return claims
    }

    /// The claims of a token that it has verified, if that is still as good as it was: for who knows that it has been
    /// shown again, and need not see it.
    package func claims(of token: VerifiedToken, now: NumericDate) -> Claims? {
        token.claims(at: now, skew: policy.clockSkewSeconds, for: identity)
    }
}
