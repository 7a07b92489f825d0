// One key of a key set, ready for use.

internal import OpenSSLKit

/// A shared secret with its name, the one algorithm that it is for, and what it may do.
struct SigningKey: Sendable {
    /// Nothing only in a provider's set, and there only where it is the one key.
    let keyID: String?
    let algorithm: SigningAlgorithm
    let secret: HMACKey
    /// Tells it from every other key, in this process and the next.
    let mark: KeyMark
    /// What the secret is taken for by mistake.
    let slips: LikelySlips
    let maySign: Bool
    let mayVerify: Bool
}

// The signature algorithms that there are here: HMAC with SHA-2 (RFC 7518 §3.2). `none` is none of them.

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

// Which key a token was signed with, said without the key: so that what was let in by a token can end with its key.

/// Tells one signing key from another. It is the same for the same name, algorithm and secret, however often they are
/// read, and says nothing of the secret.
package struct KeyMark: Sendable, Hashable {
    package let number: UInt64

    /// - Throws: when OpenSSL has no memory.
    init(of secret: HMACKey, keyID: String?, algorithm: SigningAlgorithm) throws(OpenSSLFailure) {
        let message = Array("sluice key mark\0\(algorithm.rawValue)\0\(keyID ?? "")".utf8)
        number = try secret.authenticationCode(for: message.span).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
