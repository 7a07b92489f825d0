// The keys that tokens are signed with: a JWK Set (RFC 7517 §5) of shared secrets. Immutable; a reload makes a new one.

internal import StrictJSON

/// Keys by their `kid`.
///
/// Stricter than RFC 7517 §5, which has keys ignored that are not understood: a key that silently does not count is
/// found out by users who can't log in.
package struct KeySet: Sendable {
    let keys: [SigningKey]
    private let indices: [String: Int]

    /// - Parameter jwks: a JSON text: `{"keys":[{"kty":"oct","kid":"2026-11","alg":"HS256","k":"…"}]}`. `alg` is HS256
    ///   when it is missing; `use` and `key_ops` are obeyed when they are there. The first key that may sign signs.
    /// - Throws: ``KeySetError`` when any key is not good.
    package init(jwks: [UInt8]) throws(KeySetError) {
        let read = try Self.read(jwks)
        guard !read.isEmpty else { throw KeySetError(.empty, "The key set has no key: add one to `keys`.") }
        var keys: [SigningKey] = []
        var indices: [String: Int] = [:]
        for (index, key) in read.enumerated() {
            let key = try key.signingKey(at: index)
            if let other = indices.updateValue(index, forKey: key.keyID) {
                throw KeySetError(
                    .keyID, "keys[\(index)] has the kid of keys[\(other)] (\"\(key.keyID)\"): each key needs its own.")
            }
            keys.append(key)
        }
        self.keys = keys
        self.indices = indices
    }

    private static func read(_ jwks: [UInt8]) throws(KeySetError) -> [JSONWebKey] {
        do throws(JSONError) {
            var reader = try JSONReader(jwks)
            var found: [JSONWebKey]?
            var set = try reader.beginObject()
            while let name = try reader.nextMember(of: &set) {
                if name == "keys" { found = try readKeys(&reader) } else { try reader.skipValue() }
            }
            try reader.finish()
            if let found { return found }
        } catch {
            throw KeySetError(.malformed, "The key set is not accepted. \(error)")
        }
        throw KeySetError(.malformed, "The key set has no member `keys` (RFC 7517 section 5).")
    }

    private static func readKeys(_ reader: inout JSONReader) throws(JSONError) -> [JSONWebKey] {
        var keys: [JSONWebKey] = []
        var array = try reader.beginArray()
        while try reader.nextElement(of: &array) { keys.append(try JSONWebKey(&reader)) }
        return keys
    }

    // MARK: Finding a key

    /// Those that tokens may be signed with.
    var verifyingMarks: Set<KeyMark> { Set(keys.filter(\.mayVerify).map(\.mark)) }

    /// The key for a token that names it. There is no other: an unknown name is never guessed at.
    func verificationKey(named keyID: String) -> SigningKey? {
        guard let key = indices[keyID].map({ keys[$0] }), key.mayVerify else { return nil }
        return key
    }

    /// The key to sign with: the one of that name, or the first that may.
    func issuingKey(named keyID: String?) throws(KeySetError) -> SigningKey {
        let candidates = keys.filter { keyID == nil || $0.keyID == keyID }
        guard !candidates.isEmpty else { throw KeySetError(.keyID, "The key set has no key of that kid.") }
        guard let key = candidates.first(where: \.maySign) else {
            throw KeySetError(.use, "No key may sign: their key_ops do not hold sign.")
        }
        return key
    }
}
