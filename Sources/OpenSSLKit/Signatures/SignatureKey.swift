// Signatures through OpenSSL's EVP: makes and verifies them with one key and one scheme; knows nothing of tokens.

internal import COpenSSL

/// A key for signatures: public, or private with its public half.
///
/// Unchecked because it holds C pointers: the key is never changed after `init`, and counts its references atomically.
/// The template is written to in `init` alone; `EVP_MD_CTX_copy_ex` takes it as `const`, so any number of threads may
/// copy it at once.
package final class SignatureKey: @unchecked Sendable {
    /// What it signs by.
    package let scheme: SignatureScheme
    /// Whether it can sign, too.
    package let isPrivate: Bool
    /// How many bytes a signature has. Never any other number (RFC 8017 §8.2.2, RFC 7518 §3.4, RFC 8032 §5.1.7).
    package let signatureBytes: Int
    private let key: OpaquePointer
    private let template: OpaquePointer

    /// - Parameters:
    ///   - key: an `EVP_PKEY` at +1, consumed.
    ///   - scheme: one that the key is for.
    ///   - isPrivate: whether the key is a private one.
    /// - Throws: ``OpenSSLFailure`` when the key is none that can be verified with.
    init(takingOwnership key: OpaquePointer, scheme: SignatureScheme, isPrivate: Bool) throws(OpenSSLFailure) {
        guard let template = EVP_MD_CTX_new() else {
            EVP_PKEY_free(key)
            throw .fromQueue("EVP_MD_CTX_new")
        }
        self.key = key
        self.template = template
        self.scheme = scheme
        self.isPrivate = isPrivate
        signatureBytes =
            switch scheme {
            case .rsaPKCS1, .rsaPSS: Int(EVP_PKEY_get_size(key))
            case .ecdsa(_, let curve): 2 * curve.coordinateBytes
            case .ed25519: 64
            }
        guard Self.begin(.verify, in: template, key, scheme) else {
            throw .fromQueue("EVP_DigestVerifyInit")
        }
        if isPrivate { try checkHalves() }
    }

    deinit {
        EVP_MD_CTX_free(template)
        EVP_PKEY_free(key)
    }

    /// A private key whose public half is another's would sign what nobody can verify.
    private func checkHalves() throws(OpenSSLFailure) {
        let message: [UInt8] = Array("two halves of one key".utf8)
        let signature = try signature(for: message.span)
        guard isValid(signature.span, for: message.span) else {
            throw OpenSSLFailure(kind: .other, reason: "its private and its public half do not belong together")
        }
    }

    // MARK: Verifying

    /// Whether a signature is this key's of a message.
    ///
    /// - Parameters:
    ///   - signature: what came with the message; of any length.
    ///   - message: what is signed.
    /// - Returns: false also when OpenSSL fails.
    package func isValid(_ signature: Span<UInt8>, for message: Span<UInt8>) -> Bool {
        guard signature.count == signatureBytes else { return false }
        defer { ErrorQueue.clear() }
        guard case .ecdsa = scheme else { return isAccepted(signature, message) }
        guard let encoded = ECDSASignature.encode(signature) else { return false }
        return isAccepted(encoded.span, message)
    }

    private func isAccepted(_ signature: Span<UInt8>, _ message: Span<UInt8>) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        // OpenSSL before 3.0.8 copies no context without a hash, such as Ed25519's.
        guard EVP_MD_CTX_copy_ex(context, template) == 1 || Self.begin(.verify, in: context, key, scheme)
        else { return false }
        // The context is used once: without this, OpenSSL makes another copy for the end.
        EVP_MD_CTX_set_flags(context, EVP_MD_CTX_FLAG_FINALISE)
        return signature.withUnsafeBufferPointer { signature in
            message.withUnsafeBufferPointer { message in
                EVP_DigestVerify(context, signature.baseAddress, signature.count, message.baseAddress, message.count)
            }
        } == 1
    }

    // MARK: Signing

    /// The signature of a message.
    ///
    /// - Parameter message: what is signed.
    /// - Throws: ``OpenSSLFailure`` when the key is no private one, or OpenSSL fails.
    package func signature(for message: Span<UInt8>) throws(OpenSSLFailure) -> [UInt8] {
        ErrorQueue.clear()
        guard let context = EVP_MD_CTX_new() else { throw .fromQueue("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        guard Self.begin(.sign, in: context, key, scheme) else { throw .fromQueue("EVP_DigestSignInit") }
        var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(key)))
        var count = signature.count
        let isDone = message.withUnsafeBufferPointer {
            EVP_DigestSign(context, &signature, &count, $0.baseAddress, $0.count) == 1
        }
        guard isDone else { throw .fromQueue("EVP_DigestSign") }
        signature.removeLast(signature.count - count)
        guard case .ecdsa(_, let curve) = scheme else { return signature }
        guard let numbers = ECDSASignature.decode(signature, curve) else { throw .fromQueue("d2i_ECDSA_SIG") }
        return numbers
    }

    // MARK: Contexts

    private enum Operation { case sign, verify }

    private static func begin(
        _ operation: Operation, in context: OpaquePointer, _ key: OpaquePointer, _ scheme: SignatureScheme
    ) -> Bool {
        // The context owns them.
        var parameters: OpaquePointer?
        let hash = scheme.hash?.function
        let result =
            switch operation {
            case .sign: EVP_DigestSignInit(context, &parameters, hash, nil, key)
            case .verify: EVP_DigestVerifyInit(context, &parameters, hash, nil, key)
            }
        guard result == 1 else { return false }
        guard case .rsaPSS = scheme else { return true }
        return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
    }
}
