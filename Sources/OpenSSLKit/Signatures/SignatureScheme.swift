// How messages are signed with a private key and verified with the public one: the schemes that JOSE has (RFC 7518
// §3.1, RFC 8037 §3.1). Says nothing of their names there.

/// A signature scheme.
package enum SignatureScheme: Sendable, Hashable {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    case rsaPKCS1(HashAlgorithm)
    /// RSASSA-PSS (RFC 8017 §8.1), MGF1 with the same hash, and a salt as long as that (RFC 7518 §3.5).
    case rsaPSS(HashAlgorithm)
    /// ECDSA (FIPS 186-5 §6), its two numbers side by side (RFC 7518 §3.4).
    case ecdsa(HashAlgorithm, EllipticCurve)
    /// Ed25519 (RFC 8032 §5.1), which hashes in its own way.
    case ed25519

    var hash: HashAlgorithm? {
        switch self {
        case .rsaPKCS1(let hash), .rsaPSS(let hash), .ecdsa(let hash, _): hash
        case .ed25519: nil
        }
    }
}

/// The curves of ECDSA (RFC 7518 §6.2.1.1).
package enum EllipticCurve: Sendable, Hashable, CaseIterable {
    case p256, p384, p521

    /// How many bytes a coordinate has, and each of a signature's two numbers.
    package var coordinateBytes: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// The name that OpenSSL's providers know it by.
    var providerName: StaticString {
        switch self {
        case .p256: "P-256"
        case .p384: "P-384"
        case .p521: "P-521"
        }
    }
}
