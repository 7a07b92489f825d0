// HKDF-Expand-Label (RFC 8446 §7.1, RFC 5869 §2.3) by OpenSSL's HMAC. Its own TLS13-KDF takes twice as long for the same: it
// looks up its algorithms for each label anew.

internal import COpenSSL

/// The step of the key schedule that makes keys of one secret.
struct KeySchedule: ~Copyable {
    /// HMAC behind its key. The only owner; what it knows of the secret is wiped with it.
    private let template: OpaquePointer

    /// - Parameters:
    ///   - secret: what is expanded. It is not looked at afterwards.
    ///   - digest: the hash, as providers name it.
    /// - Returns: nothing when OpenSSL refuses; its error queue says why.
    static func expanding(_ secret: UnsafeBufferPointer<UInt8>, digest: StaticString) -> KeySchedule? {
        ErrorQueue.clear()
        guard let context = EVP_MAC_CTX_new(function) else { return nil }
        // An OSSL_PARAM that is set is only read.
        let name = UnsafeMutablePointer(
            mutating: UnsafeRawPointer(digest.utf8Start).assumingMemoryBound(to: CChar.self))
        let parameters: InlineArray<2, OSSL_PARAM> = [
            OSSL_PARAM_construct_utf8_string(sluice_OSSL_MAC_PARAM_DIGEST(), name, digest.utf8CodeUnitCount),
            OSSL_PARAM_construct_end(),
        ]
        let isReady = parameters.span.withUnsafeBufferPointer {
            EVP_MAC_init(context, secret.baseAddress, secret.count, $0.baseAddress) == 1
        }
        guard isReady else {
            EVP_MAC_CTX_free(context)
            return nil
        }
        return KeySchedule(template: context)
    }

    private init(template: OpaquePointer) {
        self.template = template
    }

    deinit { EVP_MAC_CTX_free(template) }

    /// HKDF-Expand-Label with an empty context, for no more bytes than the hash has: one block of HKDF.
    ///
    /// - Parameters:
    ///   - label: without the `tls13 ` before it.
    ///   - target: room for `count` bytes; it may be where the secret was.
    /// - Returns: false when OpenSSL refuses; its error queue says why.
    func expand(_ label: StaticString, into target: UnsafeMutablePointer<UInt8>, count: Int) -> Bool {
        guard let context = EVP_MAC_CTX_dup(template) else { return false }
        defer { EVP_MAC_CTX_free(context) }
        let labelCount = UInt8(Self.prefix.utf8CodeUnitCount + label.utf8CodeUnitCount)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.blockBytes) { block in
            defer { OPENSSL_cleanse(block.baseAddress, block.count) }
            var length = 0
            let isDone =
                Self.feed(context, [0, UInt8(count), labelCount])
                && Self.feed(context, Self.prefix) && Self.feed(context, label)
                // No context, and the first block.
                && Self.feed(context, [0, 1])
                && EVP_MAC_final(context, block.baseAddress, &length, block.count) == 1
            guard isDone, count <= length, let start = block.baseAddress else { return false }
            target.update(from: start, count: count)
            return true
        }
    }

    private static func feed<let count: Int>(_ context: OpaquePointer, _ bytes: InlineArray<count, UInt8>) -> Bool {
        bytes.span.withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) == 1 }
    }

    private static func feed(_ context: OpaquePointer, _ text: StaticString) -> Bool {
        EVP_MAC_update(context, text.utf8Start, text.utf8CodeUnitCount) == 1
    }

    private static let prefix: StaticString = "tls13 "
    /// Of the longest hash of TLS 1.3.
    private static let blockBytes = 48

    // Unsafe only because a C pointer is not Sendable: it is written once, here, and OpenSSL only reads it.
    nonisolated(unsafe) private static let function = EVP_MAC_fetch(nil, "HMAC", nil)
}
