// Who we are in a handshake: a certificate chain and its key, checked to match. It is read once and never changes; a
// reload makes another one.

internal import COpenSSL

/// A certificate chain with its private key.
package final class Identity: Sendable {
    let certificate: Certificate
    let intermediates: [Certificate]
    let key: PrivateKey

    /// The subject (RFC 4514).
    package let subject: String
    /// DNS names and IP addresses that the certificate is for (RFC 5280 §4.2.1.6).
    package let hostNames: [String]
    /// The start of the validity, in seconds since 1970-01-01T00:00:00Z: the latest of the chain.
    package let notBefore: Int64
    /// The end of the validity, in seconds since 1970-01-01T00:00:00Z: the earliest of the chain.
    package let notAfter: Int64

    /// The start of our own certificate's validity.
    package var ownNotBefore: Int64 { certificate.notBefore }
    /// The end of our own certificate's validity.
    package var ownNotAfter: Int64 { certificate.notAfter }

    /// Parses and checks.
    ///
    /// - Parameters:
    ///   - chain: PEM, our own certificate first, then the intermediates (RFC 8446 §4.4.2).
    ///   - key: PEM of the unencrypted private key.
    /// - Throws: When either is unusable or they do not match.
    package init(chain: PEMText, key: PEMText) throws(LoadFailure) {
        let certificates = try chain.certificates(orThrow: .certificateInvalid)
        let privateKey = try key.privateKey()
        let leaf = certificates[0]
        guard privateKey.matches(leaf) else {
            throw LoadFailure(
                kind: .keyMismatch,
                message: "the private key in \(key.name) does not belong to the first certificate in \(chain.name) "
                    + "(\(leaf.subject)); give the key it was issued for, or put that certificate first")
        }
        self.certificate = leaf
        self.intermediates = Array(certificates.dropFirst())
        self.key = privateKey
        self.subject = leaf.subject
        self.hostNames = leaf.hostNames
        self.notBefore = certificates.map(\.notBefore).max() ?? leaf.notBefore
        self.notAfter = certificates.map(\.notAfter).min() ?? leaf.notAfter
    }

    /// Lends the intermediates as a `STACK_OF(X509)` for the length of `body`.
    func withIntermediates<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
        let stack = OPENSSL_sk_new_null()
        defer { OPENSSL_sk_free(stack) }
        for intermediate in intermediates { OPENSSL_sk_push(stack, UnsafeRawPointer(intermediate.pointer)) }
        return body(stack)
    }
}
