// An issuer whose tokens are taken: its rules and its keys of now. Keys are its own: no other issuer's token is looked
// at with them.

/// An issuer with its keys.
///
/// One object, since each token that is looked at takes hold of it.
package final class TrustedIssuer: Sendable {
    /// What its tokens have to say.
    package let rules: IssuerRules
    /// What they may be signed with.
    package let keys: KeySet
    /// Whether a key that is missing here may be had from the issuer. Said in the refusal, see ``MissingKey``.
    package let canFetch: Bool

    /// - Parameters:
    ///   - rules: what its tokens have to say.
    ///   - keys: what they may be signed with; ``KeySet/none`` while there are none yet.
    ///   - canFetch: whether a key that is missing may be had from the issuer.
    package init(rules: IssuerRules, keys: KeySet, canFetch: Bool = false) {
        self.rules = rules
        self.keys = keys
        self.canFetch = canFetch
    }

    /// The key of a token, if its header agrees with it on the algorithm (RFC 8725 §3.1).
    func key(for header: TokenHeader) throws(TokenRefusal) -> SigningKey {
        guard let keyID = header.keyID else { return try onlyKey(for: header.algorithm) }
        if let key = keys.verificationKey(named: keyID, for: header.algorithm) { return key }
        guard keys.mayHold(keyID) else {
            throw unknown(keyID, "The token's `kid` is not in the key set of \(owner).")
        }
        throw TokenRefusal(.algorithm, "The token's `alg` is not the one that its key is for.")
    }

    /// Without `kid` nothing is guessed: of two keys for one algorithm, neither is tried (RFC 7515 §4.1.4 leaves it
    /// optional, OpenID Connect Core §10.1 where there is only one).
    private func onlyKey(for algorithm: SigningAlgorithm) throws(TokenRefusal) -> SigningKey {
        let keys = keys.verificationKeys(for: algorithm)
        guard let key = keys.first else {
            throw unknown(nil, "The token's header has no `kid`, and no key of \(owner) is for its `alg`.")
        }
        guard keys.count == 1 else {
            throw TokenRefusal(
                .keyUnknown,
                "The token's header has no `kid`, and \(keys.count) keys of \(owner) are for its `alg`: add the one "
                    + "of the key that signs it.")
        }
        return key
    }

    /// The refusal of a token that names no key and is not signed with the only one: the issuer may have changed it
    /// since it was fetched.
    func mayHaveAnotherKey(_ refusal: TokenRefusal) -> TokenRefusal {
        guard canFetch, let name = rules.name else { return refusal }
        return TokenRefusal(refusal.code, refusal.detail, missingKey: MissingKey(issuer: name, keyID: nil))
    }

    var owner: String { rules.name == nil ? "this gateway (auth.keys)" : "its issuer (auth.issuers)" }

    func unknown(_ keyID: String?, _ detail: String) -> TokenRefusal {
        guard canFetch, let name = rules.name else { return TokenRefusal(.keyUnknown, detail) }
        return TokenRefusal(.keyUnknown, detail, missingKey: MissingKey(issuer: name, keyID: keyID))
    }
}

// Which of the trusted issuers a token is judged by.

extension [TrustedIssuer] {
    /// The issuer that a token says it is of; the default one when it is of none of those with a name.
    ///
    /// Read before the signature is looked at, and believed in nothing: it chooses among the configured issuers, and
    /// the chosen one's key has to fit then.
    ///
    /// - Parameter token: not verified yet.
    func issuer(of token: CompactToken) throws(TokenRefusal) -> TrustedIssuer {
        // What all deployments without a provider have: nothing is read to no purpose.
        if count == 1, self[0].rules.name == nil { return self[0] }
        let name = UnverifiedIssuer.name(in: try token.claims())
        if let name, let issuer = first(where: { $0.rules.name?.utf8.elementsEqual(name.utf8) ?? false }) {
            return issuer
        }
        if let fallback = first(where: { $0.rules.name == nil }) { return fallback }
        throw TokenRefusal(.issuer, "The token's `iss` is none of the issuers that this gateway trusts (auth.issuers).")
    }
}

/// The `iss` of a token whose signature nobody has looked at.
private enum UnverifiedIssuer {
    static func name(in claims: [UInt8]) -> String? {
        do throws(TokenRefusal) {
            var json = try TokenJSON(claims, .claims)
            var members = try json.beginObject()
            while let name = try json.nextMember(of: &members) {
                if name == "iss" { return try json.string("iss") }
                try json.skipValue()
            }
        } catch {}
        return nil
    }
}
