// The signature algorithms that there are here (RFC 7518 §3.1, RFC 8037 §3.1). `none` is none of them.

internal import OpenSSLKit

/// How a token is signed. A key has one, and its tokens have no say in it (RFC 8725 §3.1).
enum SigningAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case eddsa = "EdDSA"

    /// - Parameter name: compared exactly (RFC 7515 §4.1.1). `Ed25519` is RFC 9864's name for what `EdDSA` is with such
    ///   a key, and signs the same.
    init?(name: String) {
        if name == "Ed25519" { self = .eddsa } else { self.init(rawValue: name) }
    }

    /// What it is made with.
    enum Scheme {
        /// HMAC with SHA-2 (RFC 7518 §3.2).
        case authentication(HashAlgorithm)
        case signature(SignatureScheme)
    }

    var scheme: Scheme {
        switch self {
        case .hs256: .authentication(.sha256)
        case .hs384: .authentication(.sha384)
        case .hs512: .authentication(.sha512)
        case .rs256: .signature(.rsaPKCS1(.sha256))
        case .rs384: .signature(.rsaPKCS1(.sha384))
        case .rs512: .signature(.rsaPKCS1(.sha512))
        case .ps256: .signature(.rsaPSS(.sha256))
        case .ps384: .signature(.rsaPSS(.sha384))
        case .ps512: .signature(.rsaPSS(.sha512))
        case .es256: .signature(.ecdsa(.sha256, .p256))
        case .es384: .signature(.ecdsa(.sha384, .p384))
        case .es512: .signature(.ecdsa(.sha512, .p521))
        case .eddsa: .signature(.ed25519)
        }
    }

    /// All names, for a refusal.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
