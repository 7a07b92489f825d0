// HMAC (RFC 2104) through OpenSSL's EVP_MAC. Makes and checks codes; knows nothing of tokens.

internal import COpenSSL

/// A secret to authenticate messages with.
///
/// The secret is hashed into its inner and outer state once. Each code begins with a duplicate of that template.
///
/// Unchecked because it holds a C pointer: the template is written to in `init` alone. `EVP_MAC_CTX_dup` takes it as
/// `const` and counts the references of what both share atomically, so any number of threads may duplicate it at once.
package final class HMACKey: @unchecked Sendable {
    /// The hash function of the codes.
    package let hash: HashAlgorithm
    private let template: OpaquePointer

    /// - Parameters:
    ///   - secret: the key; how long it has to be is the caller's rule. OpenSSL wipes its copy when the key goes.
    ///   - hash: the hash function.
    /// - Throws: ``OpenSSLFailure`` when the loaded providers have no HMAC, or refuse this secret.
    package init(secret: [UInt8], hash: HashAlgorithm) throws(OpenSSLFailure) {
        ErrorQueue.clear()
        guard let context = Self.makeContext() else { throw .fromQueue("EVP_MAC_CTX_new") }
        self.hash = hash
        self.template = context
        guard Self.initialize(context, secret: secret, hash: hash) else { throw .fromQueue("EVP_MAC_init") }
    }

    deinit { EVP_MAC_CTX_free(template) }

    /// The code of a message.
    ///
    /// - Parameter message: what is authenticated.
    /// - Returns: as many bytes as the hash has.
    /// - Throws: ``OpenSSLFailure`` when OpenSSL has no memory.
    package func authenticationCode(for message: Span<UInt8>) throws(OpenSSLFailure) -> [UInt8] {
        ErrorQueue.clear()
        var code = [UInt8](repeating: 0, count: hash.byteCount)
        let isDone = code.withUnsafeMutableBufferPointer { compute(message, into: $0) }
        guard isDone else { throw .fromQueue("EVP_MAC_final") }
        return code
    }

    /// Whether a code is this message's, in a time that does not tell how much of it is right.
    ///
    /// - Parameters:
    ///   - code: what came with the message; of any length.
    ///   - message: what is authenticated.
    /// - Returns: false also when OpenSSL fails.
    package func isValid(_ code: Span<UInt8>, for message: Span<UInt8>) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: hash.byteCount) { expected in
            guard compute(message, into: expected) else {
                ErrorQueue.clear()
                return false
            }
            return ConstantTime.areEqual(code, expected.span)
        }
    }

    private func compute(_ message: Span<UInt8>, into code: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        guard let context = EVP_MAC_CTX_dup(template) else { return false }
        defer { EVP_MAC_CTX_free(context) }
        let isRead = message.withUnsafeBufferPointer { bytes in
            bytes.isEmpty || EVP_MAC_update(context, bytes.baseAddress, bytes.count) == 1
        }
        var count = 0
        return isRead && EVP_MAC_final(context, code.baseAddress, &count, code.count) == 1 && count == code.count
    }

    // MARK: The template

    /// - Returns: a context at +1, which holds the algorithm alive.
    private static func makeContext() -> OpaquePointer? {
        guard let mac = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { EVP_MAC_free(mac) }
        return EVP_MAC_CTX_new(mac)
    }

    private static func initialize(_ context: OpaquePointer, secret: [UInt8], hash: HashAlgorithm) -> Bool {
        var name = Array(hash.providerName.utf8CString)
        return name.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string(sluice_OSSL_MAC_PARAM_DIGEST(), name.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, secret, secret.count, parameters) == 1
        }
    }
}
