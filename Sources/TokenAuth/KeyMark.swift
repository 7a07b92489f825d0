// Which key a token was signed with, said without the key: so that what was let in by a token can end with its key.

internal import OpenSSLKit

/// Tells one signing key from another. It is the same for the same name, algorithm and secret, however often they are
/// read, and says nothing of the secret.
package struct KeyMark: Sendable, Hashable {
    package let number: UInt64

    /// - Throws: when OpenSSL has no memory.
    init(of secret: HMACKey, keyID: String, algorithm: SigningAlgorithm) throws(OpenSSLFailure) {
        let message = Array("sluice key mark\0\(algorithm.rawValue)\0\(keyID)".utf8)
        number = try secret.authenticationCode(for: message.span).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
