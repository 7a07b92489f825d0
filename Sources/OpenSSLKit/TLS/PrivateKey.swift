// A private key. It can be compared with a certificate and given to OpenSSL. Nothing reads it out.

internal import COpenSSL

/// A private key, RSA or EC.
///
/// Unchecked because it holds a C pointer: the key is never changed after parsing, and `EVP_PKEY` counts its references
/// under locks of its own.
final class PrivateKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// - Parameter pointer: An `EVP_PKEY` at +1, consumed.
    init(takingOwnership pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// Whether this is the private half of the certificate's key.
    func matches(_ certificate: Certificate) -> Bool {
        ErrorQueue.clear()
        defer { ErrorQueue.clear() }
        return X509_check_private_key(certificate.pointer, pointer) == 1
    }
}
