// HKDF-Expand-Label (RFC 8446 §7.1, RFC 5869 §2.3) by OpenSSL's HMAC. OpenSSL's own TLS13-KDF takes twice as long,
// because it looks up its algorithms anew for each label.

internal import COpenSSL

/// The step of the key schedule that makes keys of secrets.
struct KeySchedule: ~Copyable {
    /// Owned here alone. It is freed in `deinit`, which wipes what it knows of the last secret.
    private let context: OpaquePointer

    /// - Parameter digest: the hash, as providers name it. Looking it up takes longer than using it, so expand both
    ///   directions' secrets with one schedule.
    /// - Throws: when OpenSSL refuses.
    static func of(digest: StaticString) throws(OpenSSLFailure) -> KeySchedule {
        ErrorQueue.clear()
        guard let context = EVP_MAC_CTX_new(function) else { throw .fromQueue("EVP_MAC_CTX_new") }
        let schedule = KeySchedule(context: context)
        // An OSSL_PARAM that is set is only read.
        let name = UnsafeMutablePointer(
            mutating: UnsafeRawPointer(digest.utf8Start).assumingMemoryBound(to: CChar.self))
        let parameters: InlineArray<2, OSSL_PARAM> = [
            OSSL_PARAM_construct_utf8_string(sluice_OSSL_MAC_PARAM_DIGEST(), name, digest.utf8CodeUnitCount),
            OSSL_PARAM_construct_end(),
        ]
        let isSet = parameters.span.withUnsafeBufferPointer {
            EVP_MAC_CTX_set_params(context, $0.baseAddress) == 1
        }
        guard isSet else { throw .fromQueue("EVP_MAC_CTX_set_params") }
        return schedule
    }

    private init(context: OpaquePointer) {
        self.context = context
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// HKDF-Expand-Label with an empty context, for no more bytes than the hash has: one block of HKDF.
    ///
    /// - Parameters:
    ///   - label: without the `tls13 ` before it.
    ///   - secret: what is expanded.
    ///   - target: room for `count` bytes. It may be the secret's own memory.
    /// - Throws: when OpenSSL refuses.
    func expand(
        _ label: StaticString, of secret: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<UInt8>,
        count: Int
    ) throws(OpenSSLFailure) {
        let labelCount = UInt8(Self.prefix.utf8CodeUnitCount + label.utf8CodeUnitCount)
        let isDone = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.blockBytes) { block in
            defer { OPENSSL_cleanse(block.baseAddress, block.count) }
            var length = 0
            let isDone =
                EVP_MAC_init(context, secret.baseAddress, secret.count, nil) == 1
                && feed([0, UInt8(count), labelCount]) && feed(Self.prefix) && feed(label)
                // No context, and the first block.
                && feed([0, 1])
                && EVP_MAC_final(context, block.baseAddress, &length, block.count) == 1
            guard isDone, count <= length, let start = block.baseAddress else { return false }
            target.update(from: start, count: count)
            return true
        }
        guard isDone else { throw .fromQueue("deriving a traffic key") }
    }

    private func feed<let count: Int>(_ bytes: InlineArray<count, UInt8>) -> Bool {
        bytes.span.withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) == 1 }
    }

    private func feed(_ text: StaticString) -> Bool {
        EVP_MAC_update(context, text.utf8Start, text.utf8CodeUnitCount) == 1
    }

    private static let prefix: StaticString = "tls13 "
    /// The size of the longest hash of TLS 1.3.
    private static let blockBytes = 48

    // Unsafe only because a C pointer is not Sendable: it is written once, here, and OpenSSL only reads it.
    nonisolated(unsafe) private static let function = EVP_MAC_fetch(nil, "HMAC", nil)
}
