// One key as a JWK Set has it (RFC 7517 §4): read, and judged by the rules that keep a key to one purpose and one
// algorithm. What its numbers have to be is said apart, by kind of key.

internal import OpenSSLKit
internal import StrictJSON

/// The members of a JWK that matter here; others are passed over (RFC 7517 §4).
struct JSONWebKey {
    private var keyType: String?
    private var keyID: String?
    private var algorithm: String?
    private var use: String?
    private var operations: [String]?
    /// What the key is made of, by the members' names, as texts. What is no text is not there.
    private(set) var parts: [String: String] = [:]
    private var hasOtherPrimes = false
    private var hasCertificate = false

    init(_ reader: inout JSONReader) throws(JSONError) {
        var key = try reader.beginObject()
        while let name = try reader.nextMember(of: &key) {
            switch name {
            case "kty": keyType = try reader.readString()
            case "kid": keyID = try reader.readString()
            case "alg": algorithm = try reader.readString()
            case "use": use = try reader.readString()
            case "key_ops": operations = try Self.strings(&reader)
            case "k", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi":
                if try reader.kind() == .string {
                    parts[name] = try reader.readString()
                } else {
                    try reader.skipValue()
                }
            default:
                hasOtherPrimes = hasOtherPrimes || name == "oth"
                hasCertificate = hasCertificate || name == "x5c" || name == "x5u"
                try reader.skipValue()
            }
        }
    }

    private static func strings(_ reader: inout JSONReader) throws(JSONError) -> [String] {
        var strings: [String] = []
        var array = try reader.beginArray()
        while try reader.nextElement(of: &array) { strings.append(try reader.readString()) }
        return strings
    }

    // MARK: What kind of key it is

    /// Whether it is a shared secret.
    var isSymmetric: Bool { keyType == "oct" || parts["k"] != nil }
    /// Whether it holds what only its owner should have.
    var isPrivate: Bool { hasOtherPrimes || ["d", "p", "q", "dp", "dq", "qi"].contains { parts[$0] != nil } }
    /// Whether its numbers stand in a certificate alone, which nobody here looks at.
    var isCertificateOnly: Bool { hasCertificate && parts["n"] == nil && parts["x"] == nil }

    /// The kinds of keys, each with the algorithms that it may be for. The first is taken when `alg` is missing.
    enum Kind {
        case secret, rsa, ed25519
        case curve(EllipticCurve)

        var algorithms: [SigningAlgorithm] {
            switch self {
            case .secret: [.hs256, .hs384, .hs512]
            case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            case .curve(.p256): [.es256]
            case .curve(.p384): [.es384]
            case .curve(.p521): [.es512]
            case .ed25519: [.eddsa]
            }
        }
    }

    private func kind(_ place: String) throws(KeySetError) -> Kind {
        switch (keyType, parts["crv"]) {
        case ("oct", _): return .secret
        case ("RSA", _): return .rsa
        case ("EC", "P-256"): return .curve(.p256)
        case ("EC", "P-384"): return .curve(.p384)
        case ("EC", "P-521"): return .curve(.p521)
        case ("OKP", "Ed25519"): return .ed25519
        case ("EC", _): throw KeySetError(.keyType, "\(place) has a crv other than P-256, P-384 and P-521.")
        case ("OKP", _): throw KeySetError(.keyType, "\(place) has a crv other than Ed25519.")
        default:
            let found = keyType == nil ? "has no kty" : "has a kty other than oct, RSA, EC and OKP"
            throw KeySetError(.keyType, "\(place) \(found): set the one of its kind, or remove the key.")
        }
    }

    // MARK: The key

    /// The key, when it obeys every rule.
    ///
    /// - Parameter index: its place in the set, for the error.
    func signingKey(at index: Int) throws(KeySetError) -> SigningKey {
        let keyID = try checkedKeyID(at: index)
        let place = keyID.map { "keys[\(index)] (kid \"\($0)\")" } ?? "keys[\(index)]"
        let kind = try kind(place)
        let operations = try checkedOperations(place)
        let algorithm = try checkedAlgorithm(kind, place)
        guard !hasOtherPrimes else {
            throw KeySetError(.material, "\(place) has more than two primes (oth): make a key of two.")
        }
        let (material, mark) = try material(
            of: kind, KeyPlace(text: place, keyID: keyID, algorithm: algorithm))
        return SigningKey(
            keyID: keyID, algorithm: algorithm, material: material, mark: mark,
            maySign: operations.sign && material.isPrivate, mayVerify: operations.verify)
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

    /// A key has one algorithm (RFC 8725 §3.1). Without `alg`, a curve says which; a secret is for HS256 and an RSA key
    /// for RS256, whatever else their length would allow: that is what OpenID Connect Core §15.1 has all providers do.
    private func checkedAlgorithm(_ kind: Kind, _ place: String) throws(KeySetError) -> SigningAlgorithm {
        guard let algorithm else { return kind.algorithms[0] }
        guard let algorithm = SigningAlgorithm(name: algorithm), kind.algorithms.contains(algorithm) else {
            let names = kind.algorithms.map(\.rawValue).joined(separator: ", ")
            throw KeySetError(.algorithm, "\(place) has an alg that is none of its kind of key: \(names).")
        }
        return algorithm
    }
}

/// Which key is being made, and where it stands.
struct KeyPlace {
    let text: String
    let keyID: String?
    let algorithm: SigningAlgorithm
}
