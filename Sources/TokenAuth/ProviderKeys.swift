// An identity provider's key set. It holds keys for other purposes and other programs, so what is no use here is
// skipped and counted; and it comes over the network, so its size is bounded.

internal import StrictJSON

enum ProviderKeys {
    /// The most bytes of a provider's key set. The largest that are known have a few dozen kilobytes, most of it
    /// certificates.
    static let maximumBytes = 1 << 20
    /// The most keys in it, those included that are skipped. Each point of a curve is checked, which takes up to
    /// a millisecond: the limit is what bounds a fetch.
    static let maximumKeys = 100

    /// - Throws: ``KeySetError`` when the text is no key set or too large, or when no key of it is of use.
    static func read(_ jwks: [UInt8]) throws(KeySetError) -> (keys: [SigningKey], skipped: SkippedKeys) {
        guard jwks.count <= maximumBytes else {
            throw KeySetError(.tooLarge, "The key set has more than \(maximumBytes) bytes.")
        }
        let texts = try JSONWebKeySet.elements(of: jwks, limit: maximumKeys) { (reader) throws(JSONError) in
            Array(try reader.readRaw())
        }
        var skipped = SkippedKeys()
        var keys: [SigningKey] = []
        for (index, text) in texts.enumerated() {
            do throws(SkippedKeys.Reason) { keys.append(try key(text, at: index)) } catch { skipped.count(error) }
        }
        keys = withoutNameless(withoutDuplicates(keys, &skipped), &skipped)
        guard !keys.isEmpty else {
            throw KeySetError(.empty, "The key set has no key that tokens can be verified with; skipped: \(skipped).")
        }
        return (keys, skipped)
    }

    private static func key(_ text: [UInt8], at index: Int) throws(SkippedKeys.Reason) -> SigningKey {
        let key: JSONWebKey
        do throws(JSONError) {
            var reader = try JSONReader(text)
            key = try JSONWebKey(&reader)
        } catch {
            throw .malformed
        }
        guard !key.isSymmetric else { throw .symmetric }
        guard !key.isPrivate else { throw .private }
        guard !key.isCertificateOnly else { throw .certificate }
        do throws(KeySetError) {
            let key = try key.signingKey(at: index)
            guard key.mayVerify else { throw KeySetError(.use, "Not for verifying.") }
            return key
        } catch {
            throw SkippedKeys.Reason(error.code)
        }
    }

    /// Of keys with one name and one algorithm, none can be told to be the token's: all are left out, unless they are
    /// the same key. With different algorithms they are alternatives, and the token's `alg` tells (RFC 7517 §4.5).
    private static func withoutDuplicates(_ keys: [SigningKey], _ skipped: inout SkippedKeys) -> [SigningKey] {
        struct Name: Hashable {
            let keyID: String
            let algorithm: SigningAlgorithm
        }
        var marks: [Name: Set<KeyMark>] = [:]
        for key in keys {
            guard let keyID = key.keyID else { continue }
            marks[Name(keyID: keyID, algorithm: key.algorithm), default: []].insert(key.mark)
        }
        var seen: Set<KeyMark> = []
        return keys.filter { key in
            guard let keyID = key.keyID else { return true }
            let isAmbiguous = marks[Name(keyID: keyID, algorithm: key.algorithm), default: []].count > 1
            guard !isAmbiguous, seen.insert(key.mark).inserted else {
                skipped.count(.duplicate)
                return false
            }
            return true
        }
    }

    /// A key without `kid` is of use only where it is alone: beside others, its tokens could be theirs (OpenID Connect
    /// Core §10.1).
    private static func withoutNameless(_ keys: [SigningKey], _ skipped: inout SkippedKeys) -> [SigningKey] {
        guard keys.count > 1 else { return keys }
        return keys.filter { key in
            if key.keyID == nil { skipped.count(.keyID) }
            return key.keyID != nil
        }
    }
}
