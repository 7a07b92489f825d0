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

// Why a key set is not accepted: always something an operator can put right.

/// A key set that is not accepted.
package struct KeySetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let code: Code
    /// Which key by its place and `kid`, what is wrong with it, and what to do. Repeats nothing of a secret.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}

extension KeySetError {
    /// What can be wrong with a key set.
    package struct Code: Sendable, Hashable {
        private let name: String

        /// No JSON, or not the shape of a JWK Set (RFC 7517 §5).
        package static let malformed = Code(name: "malformed")
        /// No key at all, or none for what is asked.
        package static let empty = Code(name: "empty")
        /// A key without `kid`, or two with one.
        package static let keyID = Code(name: "key-id")
        /// A key that is no shared secret.
        static let keyType = Code(name: "key-type")
        /// A key for another algorithm than ours.
        static let algorithm = Code(name: "algorithm")
        /// A key that is not for signatures.
        package static let use = Code(name: "use")
        /// A secret that is missing, badly written or too short.
        package static let secret = Code(name: "secret")
    }
}
