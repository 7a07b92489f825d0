// Encrypts and decrypts single records (RFC 8446 §5.2) with the cipher contexts of one event loop. A connection has
// keys, and no context of its own. It knows no connection's state.

internal import COpenSSL

/// The AEAD ciphers of one event loop.
final class RecordCipher {
    private let sealing = Contexts(isSealing: true)
    private let opening = Contexts(isSealing: false)

    /// Encrypts one record in place.
    ///
    /// - Parameters:
    ///   - record: the header, the content with its type behind it, and room for the tag.
    ///   - key: whose next record it is.
    /// - Returns: false when OpenSSL fails.
    func seal(_ record: UnsafeMutableRawBufferPointer, with key: TrafficKey) -> Bool {
        guard let context = sealing.context(for: key.suite), let header = record.baseAddress?.bytes else {
            return false
        }
        let content = header + RecordHeader.byteCount
        let count = CInt(record.count - RecordHeader.byteCount - RecordSuite.tagBytes)
        let tag = content + Int(count)
        var length: CInt = 0
        return key.withNextRecord { key, nonce in
            EVP_EncryptInit_ex(context, nil, nil, key, nonce) == 1
                && EVP_EncryptUpdate(context, nil, &length, header, CInt(RecordHeader.byteCount)) == 1
                && EVP_EncryptUpdate(context, content, &length, content, count) == 1
                && EVP_EncryptFinal_ex(context, tag, &length) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CInt(RecordSuite.tagBytes), tag) == 1
        }
    }

    /// Decrypts one record.
    ///
    /// - Parameters:
    ///   - record: all of it, header and tag included.
    ///   - target: room for the content with its type and padding.
    ///   - key: whose next record it is.
    /// - Returns: false when the tag is wrong, or OpenSSL fails. What is in `target` then must not be looked at.
    func open(
        _ record: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, with key: TrafficKey
    ) -> Bool {
        guard let context = opening.context(for: key.suite), let target = target.baseAddress?.bytes,
            let header = record.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return false }
        let content = header + RecordHeader.byteCount
        let count = CInt(record.count - RecordHeader.byteCount - RecordSuite.tagBytes)
        let tag = UnsafeMutablePointer(mutating: content + Int(count))
        var length: CInt = 0
        return key.withNextRecord { key, nonce in
            EVP_DecryptInit_ex(context, nil, nil, key, nonce) == 1
                && EVP_DecryptUpdate(context, nil, &length, header, CInt(RecordHeader.byteCount)) == 1
                && EVP_DecryptUpdate(context, target, &length, content, count) == 1
                // The function takes a pointer that is not const, and only reads from it.
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CInt(RecordSuite.tagBytes), tag) == 1
                && EVP_DecryptFinal_ex(context, target + Int(count), &length) == 1
        }
    }

    /// One context per suite, made when it is first used.
    private struct Contexts: ~Copyable {
        private let isSealing: Bool
        /// The contexts by their suites' numbers. This owns them.
        private let made: UnsafeMutableBufferPointer<OpaquePointer?>

        init(isSealing: Bool) {
            self.isSealing = isSealing
            made = .allocate(capacity: RecordSuite.allCases.count)
            made.initialize(repeating: nil)
        }

        deinit {
            for context in made { EVP_CIPHER_CTX_free(context) }
            made.deallocate()
        }

        func context(for suite: RecordSuite) -> OpaquePointer? {
            made[suite.rawValue] ?? make(suite)
        }

        private func make(_ suite: RecordSuite) -> OpaquePointer? {
            guard let cipher = EVP_CIPHER_fetch(nil, suite.cipherName, nil) else { return nil }
            defer { EVP_CIPHER_free(cipher) }
            guard let context = EVP_CIPHER_CTX_new() else { return nil }
            made[suite.rawValue] = context
            let result =
                isSealing
                ? EVP_EncryptInit_ex(context, cipher, nil, nil, nil)
                : EVP_DecryptInit_ex(context, cipher, nil, nil, nil)
            return result == 1 ? context : nil
        }
    }
}

extension UnsafeMutableRawPointer {
    fileprivate var bytes: UnsafeMutablePointer<UInt8> { assumingMemoryBound(to: UInt8.self) }
}
