// HKDF-Expand-Label (RFC 8446 §7.1) through OpenSSL's TLS13-KDF.

internal import COpenSSL

/// The step of the key schedule that makes keys of secrets.
enum KeySchedule {
    /// HKDF-Expand-Label with an empty context.
    ///
    /// - Parameters:
    ///   - secret: what is expanded; it may be where the result goes.
    ///   - label: without the `tls13 ` before it.
    ///   - digest: the hash, as providers name it.
    ///   - target: room for `count` bytes.
    /// - Returns: false when OpenSSL refuses; its error queue says why.
    static func expand(
        _ secret: UnsafeMutableBufferPointer<UInt8>, label: String, digest: String,
        into target: UnsafeMutablePointer<UInt8>, count: Int
    ) -> Bool {
        ErrorQueue.clear()
        guard let function, let context = EVP_KDF_CTX_new(function) else { return false }
        defer { EVP_KDF_CTX_free(context) }
        var prefix = Array("tls13 ".utf8)
        var label = Array(label.utf8)
        var digest = Array(digest.utf8CString)
        var mode = CInt(EVP_KDF_HKDF_MODE_EXPAND_ONLY)
        return digest.withUnsafeMutableBufferPointer { digest in
            prefix.withUnsafeMutableBytes { prefix in
                label.withUnsafeMutableBytes { label in
                    withUnsafeMutablePointer(to: &mode) { mode in
                        let parameters = [
                            OSSL_PARAM_construct_utf8_string(sluice_OSSL_KDF_PARAM_DIGEST(), digest.baseAddress, 0),
                            OSSL_PARAM_construct_int(sluice_OSSL_KDF_PARAM_MODE(), mode),
                            OSSL_PARAM_construct_octet_string(
                                sluice_OSSL_KDF_PARAM_KEY(), secret.baseAddress, secret.count),
                            OSSL_PARAM_construct_octet_string(
                                sluice_OSSL_KDF_PARAM_PREFIX(), prefix.baseAddress, prefix.count),
                            OSSL_PARAM_construct_octet_string(
                                sluice_OSSL_KDF_PARAM_LABEL(), label.baseAddress, label.count),
                            OSSL_PARAM_construct_end(),
                        ]
                        return EVP_KDF_derive(context, target, count, parameters) == 1
                    }
                }
            }
        }
    }

    // Unsafe only because a C pointer is not Sendable: it is written once, here, and OpenSSL only reads it.
    nonisolated(unsafe) private static let function = EVP_KDF_fetch(nil, "TLS13-KDF", nil)
}
