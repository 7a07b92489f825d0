// The hash functions of this house: the SHA-2 family (FIPS 180-4), as JWA has it (RFC 7518 §3.2).

/// A hash function.
package enum HashAlgorithm: Sendable, CaseIterable {
    case sha256, sha384, sha512

    /// How many bytes a digest has, and an authentication code made with it.
    package var byteCount: Int {
        switch self {
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// The name that OpenSSL's providers know it by.
    var providerName: String {
        switch self {
        case .sha256: "SHA2-256"
        case .sha384: "SHA2-384"
        case .sha512: "SHA2-512"
        }
    }
}
