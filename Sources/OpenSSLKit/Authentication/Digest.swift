// Hashes of whole messages. Not for passwords, and not for authenticating: see HMACKey.

internal import COpenSSL

/// Hash values (FIPS 180-4).
package enum Digest {
    /// The SHA-256 digest of a message.
    ///
    /// - Parameter message: what is hashed.
    /// - Returns: 32 bytes.
    /// - Throws: ``OpenSSLFailure`` when OpenSSL has no memory.
    package static func sha256(_ message: Span<UInt8>) throws(OpenSSLFailure) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: HashAlgorithm.sha256.byteCount)
        ErrorQueue.clear()
        let result = message.withUnsafeBufferPointer {
            EVP_Digest($0.baseAddress, $0.count, &digest, nil, EVP_sha256(), nil)
        }
        guard result == 1 else { throw .fromQueue("EVP_Digest") }
        return digest
    }
}
