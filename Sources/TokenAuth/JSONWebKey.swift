// One key as a JWK Set file has it (RFC 7517 §4, RFC 7518 §6.4): read, and judged by the rules that keep a key to one
// purpose.

internal import OpenSSLKit
internal import StrictJSON

/// The members of a JWK that matter here; others are passed over (RFC 7517 §4).
struct JSONWebKey {
    private var keyType: String?
    private var keyID: String?
    private var algorithm: String?
    private var use: String?
    private var operations: [String]?
    private var secret: String?

    init(_ reader: inout JSONReader) throws(JSONError) {
        var key = try reader.beginObject()
        while let name = try reader.nextMember(of: &key) {
            switch name {
            case "kty": keyType = try reader.readString()
            case "kid": keyID = try reader.readString()
            case "alg": algorithm = try reader.readString()
            case "use": use = try reader.readString()
            case "key_ops": operations = try Self.strings(&reader)
            case "k": secret = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }

    private static func strings(_ reader: inout JSONReader) throws(JSONError) -> [String] {
        var strings: [String] = []
        var array = try reader.beginArray()
        while try reader.nextElement(of: &array) { strings.append(try reader.readString()) }
        return strings
    }

    var isSymmetric: Bool { keyType == "oct" }
    var isPrivate: Bool { secret != nil }

    /// The key, when it obeys every rule.
    ///
    /// - Parameter index: its place in the set, for the error.
    func signingKey(at index: Int) throws(KeySetError) -> SigningKey {
        let keyID = try checkedKeyID(at: index)
        let place = keyID.map { "keys[\(index)] (kid \"\($0)\")" } ?? "keys[\(index)]"
        guard keyType == "oct" else {
            let found = keyType == nil ? "has no kty" : "has a kty other than oct"
            throw KeySetError(.keyType, "\(place) \(found): set \"kty\":\"oct\" and a shared secret, or remove it.")
        }
        let operations = try checkedOperations(place)
        let algorithm = try checkedAlgorithm(place)
        let secret = try checkedSecret(for: algorithm, place)
        return SigningKey(
            keyID: keyID, algorithm: algorithm, secret: secret.key,
            mark: try mark(of: secret.key, keyID, algorithm, place), slips: secret.slips, maySign: operations.sign,
            mayVerify: operations.verify)
    }

    private func mark(
        of secret: HMACKey, _ keyID: String?, _ algorithm: SigningAlgorithm, _ place: String
    ) throws(KeySetError) -> KeyMark {
        do throws(OpenSSLFailure) {
            return try KeyMark(of: secret, keyID: keyID, algorithm: algorithm)
        } catch {
            throw KeySetError(.secret, "\(place) is refused by OpenSSL: \(error.reason)")
        }
    }

    /// The operator's keys all have a name.
    func requiredKeyID(at index: Int) throws(KeySetError) -> String {
        guard let keyID = try checkedKeyID(at: index) else {
            throw KeySetError(.keyID, "keys[\(index)] has no kid: name it, so that tokens can.")
        }
        return keyID
    }

    private func checkedKeyID(at index: Int) throws(KeySetError) -> String? {
        guard let keyID else { return nil }
        guard NameRule.allows(keyID) else {
            throw KeySetError(
                .keyID,
                "keys[\(index)] needs another kid: 1 to 256 bytes in Unicode form NFC, no control characters, no `*`.")
        }
        return keyID
    }

    /// RFC 7517 §4.2, §4.3. A key for encryption must not sign as well.
    private func checkedOperations(_ place: String) throws(KeySetError) -> (sign: Bool, verify: Bool) {
        guard use == nil || use == "sig" else {
            throw KeySetError(.use, "\(place) has a use other than sig: make a key for signatures alone.")
        }
        guard let operations else { return (true, true) }
        guard Set(operations).count == operations.count else {
            throw KeySetError(.use, "\(place) has a value twice in key_ops.")
        }
        guard !operations.isEmpty, operations.allSatisfy({ $0 == "sign" || $0 == "verify" }) else {
            throw KeySetError(.use, "\(place) has key_ops other than sign and verify: make a key for signatures alone.")
        }
        return (operations.contains("sign"), operations.contains("verify"))
    }

    /// A key has one algorithm (RFC 8725 §3.1). Without `alg` it is HS256, never what its length would allow.
    private func checkedAlgorithm(_ place: String) throws(KeySetError) -> SigningAlgorithm {
        guard let algorithm else { return .hs256 }
        guard let algorithm = SigningAlgorithm(rawValue: algorithm) else {
            throw KeySetError(.algorithm, "\(place) has an alg other than HS256, HS384 and HS512.")
        }
        return algorithm
    }

    private func checkedSecret(
        for algorithm: SigningAlgorithm, _ place: String
    ) throws(KeySetError) -> (key: HMACKey, slips: LikelySlips) {
        guard let secret else { throw KeySetError(.secret, "\(place) has no k: put its secret there, in base64url.") }
        guard let bytes = Base64URL.decode(Array(secret.utf8)[...]) else {
            throw KeySetError(.secret, "\(place) has a k that is not base64url without padding (RFC 4648 section 5).")
        }
        let least = algorithm.minimumSecretBytes
        guard bytes.count >= least else {
            let rule = "\(algorithm.rawValue) needs at least \(least) (RFC 7518 section 3.2). Make a new one at random"
            throw KeySetError(.secret, "\(place) has a secret of \(bytes.count) bytes; \(rule).")
        }
        do {
            let slips = LikelySlips(text: Array(secret.utf8), secret: bytes, hash: algorithm.hash)
            return (try HMACKey(secret: bytes, hash: algorithm.hash), slips)
        } catch {
            throw KeySetError(.secret, "\(place) is refused by OpenSSL: \(error.reason)")
        }
    }
}
