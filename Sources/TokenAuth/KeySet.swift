// The keys that tokens are signed with, by their names. Immutable; a reload or a fetch makes a new one.

/// Keys by their `kid`.
package struct KeySet: Sendable {
    let keys: [SigningKey]
    /// Where the keys of a name stand that may verify.
    private let indices: [String: [Int]]
    /// Keys that stood in a provider's set and are no use here.
    package let skipped: SkippedKeys

    /// No key, for an issuer that nothing has been fetched of yet.
    package static let none = KeySet(keys: [], skipped: SkippedKeys())

    /// - Parameters:
    ///   - jwks: a JWK Set (RFC 7517 §5): `{"keys":[{"kty":"oct","kid":"2026-11","alg":"HS256","k":"…"}]}`. `alg` is
    ///     derived from the key when it is missing; `use` and `key_ops` are obeyed when they are there.
    ///   - source: who wrote it, which is how strictly it is read.
    /// - Throws: ``KeySetError`` when the text is no key set; when any key of the operator's is not good; when no key
    ///   of a provider's is.
    package init(jwks: [UInt8], source: Source = .operator) throws(KeySetError) {
        switch source {
        case .operator: self.init(keys: try OperatorKeys.read(jwks), skipped: SkippedKeys())
        case .provider:
            let (keys, skipped) = try ProviderKeys.read(jwks)
            self.init(keys: keys, skipped: skipped)
        }
    }

    private init(keys: [SigningKey], skipped: SkippedKeys) {
        self.keys = keys
        self.skipped = skipped
        indices = keys.indices.reduce(into: [:]) { indices, index in
            guard keys[index].mayVerify, let keyID = keys[index].keyID else { return }
            indices[keyID, default: []].append(index)
        }
    }

    /// Who wrote a key set.
    package enum Source: Sendable {
        /// The operator: a file of the gateway's own. Stricter than RFC 7517 §5, which has keys ignored that are not
        /// understood: a key that silently does not count is found out by users who can't log in. May hold secrets and
        /// private keys.
        case `operator`
        /// An identity provider, whose keys are for others too: what is no use here is skipped and counted, and so is
        /// what should not be public.
        case provider
    }

    /// How many keys tokens may be signed with.
    package var usableCount: Int { keys.filter(\.mayVerify).count }

    // MARK: Finding a key

    /// Those that tokens may be signed with.
    var verifyingMarks: Set<KeyMark> { Set(keys.filter(\.mayVerify).map(\.mark)) }

    /// The key for a token that names one: several have its name only where they are for different algorithms. An
    /// unknown name is never guessed at.
    func verificationKey(named keyID: String, for algorithm: SigningAlgorithm) -> SigningKey? {
        guard let index = indices[keyID]?.first(where: { keys[$0].algorithm == algorithm }) else { return nil }
        return keys[index]
    }

    /// Whether a token that names this key may find it here. One that names none may find its key in any set.
    package func mayHold(_ keyID: String?) -> Bool { keyID.map { indices[$0] != nil } ?? true }

    /// The keys for a token that names none.
    func verificationKeys(for algorithm: SigningAlgorithm) -> [SigningKey] {
        keys.filter { $0.mayVerify && $0.algorithm == algorithm }
    }

    /// The key to sign with: the one of that name, or the first that may.
    func issuingKey(named keyID: String?) throws(KeySetError) -> SigningKey {
        let candidates = keys.filter { keyID == nil || $0.keyID == keyID }
        guard !candidates.isEmpty else { throw KeySetError(.keyID, "The key set has no key of that kid.") }
        guard let key = candidates.first(where: \.maySign) else {
            throw KeySetError(.use, "No key may sign: their key_ops do not hold sign, or they are public keys.")
        }
        return key
    }
}
