// The signature algorithms that there are here: HMAC with SHA-2 (RFC 7518 §3.2). `none` is none of them.

internal import OpenSSLKit

/// How a token is signed. A key has one, and its tokens have no say in it (RFC 8725 §3.1).
enum SigningAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"

    /// The least bytes that a secret has to have: the hash's (RFC 7518 §3.2).
    var minimumSecretBytes: Int { hash.byteCount }

    var hash: HashAlgorithm {
        switch self {
        case .hs256: .sha256
        case .hs384: .sha384
        case .hs512: .sha512
        }
    }
}
