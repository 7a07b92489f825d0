// The key of one direction of a TLS 1.3 connection (RFC 8446 §7.3), with the secret that its successor comes from. It
// encrypts nothing: RecordCipher does.

internal import COpenSSL

/// What protects the records of one direction: traffic secret, key, IV and record number, in one allocation that is wiped.
final class TrafficKey: ManagedBuffer<TrafficKey.State, UInt8> {
    struct State {
        var suite: RecordSuite
        /// The number of the next record under this key.
        var sequence: UInt64 = 0
    }

    private enum Layout {
        static let key = 48
        static let nonce = 80
        static let end = nonce + RecordSuite.nonceBytes
    }

    /// - Parameter secret: a traffic secret of the handshake, at most 48 bytes. The key is not there before ``begin(_:)``.
    static func holding(secret: some Collection<UInt8>) -> TrafficKey {
        let buffer = create(minimumCapacity: Layout.end) { _ in State(suite: .aes128GCM) }
        let key = unsafeDowncast(buffer, to: TrafficKey.self)
        key.withUnsafeMutablePointerToElements { bytes in
            bytes.initialize(repeating: 0, count: Layout.end)
            for (index, byte) in secret.prefix(Layout.key).enumerated() { bytes[index] = byte }
        }
        return key
    }

    deinit {
        withUnsafeMutablePointerToElements { OPENSSL_cleanse($0, Layout.end) }
    }

    var suite: RecordSuite { header.suite }
    /// How many records have been numbered since the key began.
    var sequence: UInt64 { header.sequence }

    /// Counts a record that was protected by OpenSSL under the same key.
    func skipRecord() { header.sequence += 1 }

    /// Derives key and IV from the secret.
    func begin(_ suite: RecordSuite) throws(OpenSSLFailure) {
        header.suite = suite
        try derive("key", at: Layout.key, count: suite.keyBytes)
        try derive("iv", at: Layout.nonce, count: RecordSuite.nonceBytes)
    }

    /// Goes on to the next generation: secret, key and IV (RFC 8446 §7.2).
    func update() throws(OpenSSLFailure) {
        try derive("traffic upd", at: 0, count: suite.secretBytes)
        try begin(suite)
        header.sequence = 0
    }

    /// Lends the key and the next record's nonce: the IV with the record number in it (RFC 8446 §5.3).
    func withNextRecord<Result>(
        _ body: (_ key: UnsafePointer<UInt8>, _ nonce: UnsafePointer<UInt8>) -> Result
    ) -> Result {
        withUnsafeMutablePointers { state, bytes in
            let nonce = bytes + Layout.nonce
            let number = state.pointee.sequence
            state.pointee.sequence += 1
            Self.mix(number, into: nonce)
            defer { Self.mix(number, into: nonce) }
            return body(bytes + Layout.key, nonce)
        }
    }

    /// The number goes in and out again by the same step.
    private static func mix(_ number: UInt64, into nonce: UnsafeMutablePointer<UInt8>) {
        let tail = UnsafeMutableRawPointer(nonce + 4)
        let mixed = tail.loadUnaligned(as: UInt64.self) ^ number.bigEndian
        tail.storeBytes(of: mixed, as: UInt64.self)
    }

    private func derive(_ label: String, at offset: Int, count: Int) throws(OpenSSLFailure) {
        let isDone = withUnsafeMutablePointers { state, bytes in
            let secret = UnsafeMutableBufferPointer(start: bytes, count: state.pointee.suite.secretBytes)
            return KeySchedule.expand(
                secret, label: label, digest: state.pointee.suite.digestName, into: bytes + offset, count: count)
        }
        guard isDone else { throw .fromQueue("EVP_KDF_derive") }
    }
}
