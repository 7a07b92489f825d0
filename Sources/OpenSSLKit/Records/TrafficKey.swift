// The key of one direction of a TLS 1.3 connection (RFC 8446 §7.3), with the secret that its successor comes from.
// `RecordCipher` encrypts with it.

internal import COpenSSL

/// Traffic secret, key, IV and record number of one direction, in one allocation that is wiped.
final class TrafficKey: ManagedBuffer<TrafficKey.State, UInt8> {
    /// The largest comes first, so that nothing lies between them: there are two of these for each connection.
    struct State {
        /// The number of the next record under this key.
        var sequence: UInt64 = 0
        var suite = RecordSuite.aes128GCM
        let secretBytes: UInt8
    }

    /// What each record needs comes first.
    private enum Layout {
        static let key = 0
        static let nonce = 32
        static let secret = nonce + RecordSuite.nonceBytes
    }

    /// - Parameter secret: a traffic secret of the handshake, as many bytes as its hash has. There is no key before
    ///   ``begin(_:)``.
    static func holding(secret: UnsafeRawBufferPointer) -> TrafficKey {
        let count = Layout.secret + secret.count
        let buffer = create(minimumCapacity: count) { _ in State(secretBytes: UInt8(secret.count)) }
        let key = unsafeDowncast(buffer, to: TrafficKey.self)
        key.withUnsafeMutablePointerToElements { bytes in
            bytes.initialize(repeating: 0, count: count)
            UnsafeMutableRawBufferPointer(start: bytes + Layout.secret, count: secret.count).copyMemory(from: secret)
        }
        return key
    }

    deinit {
        withUnsafeMutablePointers { OPENSSL_cleanse($1, Layout.secret + Int($0.pointee.secretBytes)) }
    }

    /// Whether the secret is one of the suite's hash.
    func fits(_ suite: RecordSuite) -> Bool { Int(header.secretBytes) == suite.secretBytes }

    // By pointer: each access to `header` itself is checked for another one at the same time, with every record.

    var suite: RecordSuite { withUnsafeMutablePointerToHeader { $0.pointee.suite } }
    /// How many records have been numbered under the present key.
    var sequence: UInt64 { withUnsafeMutablePointerToHeader { $0.pointee.sequence } }

    /// Counts a record that OpenSSL protected with the same key.
    func skipRecord() { header.sequence += 1 }

    /// Derives key and IV from the secret, which has to fit.
    func begin(_ suite: RecordSuite) {
        header.suite = suite
        expand("key", to: Layout.key, count: suite.keyBytes)
        expand("iv", to: Layout.nonce, count: RecordSuite.nonceBytes)
    }

    /// Goes on to the next generation: secret, key and IV (RFC 8446 §7.2).
    func update() {
        expand("traffic upd", to: Layout.secret, count: suite.secretBytes)
        begin(suite)
        header.sequence = 0
    }

    private func expand(_ label: StaticString, to place: Int, count: Int) {
        withUnsafeMutablePointers { state, bytes in
            let suite = state.pointee.suite
            let secret = UnsafeRawBufferPointer(start: bytes + Layout.secret, count: suite.secretBytes)
            let target = UnsafeMutableRawBufferPointer(start: bytes + place, count: count)
            let isDone = KeySchedule.expand(label, of: secret, suite.hash, into: target)
            assert(isDone, "a key is no longer than its hash")
        }
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

    /// Puts the record number into the IV, or takes it out: both are the same XOR.
    private static func mix(_ number: UInt64, into nonce: UnsafeMutablePointer<UInt8>) {
        let tail = UnsafeMutableRawPointer(nonce + 4)
        let mixed = tail.loadUnaligned(as: UInt64.self) ^ number.bigEndian
        tail.storeBytes(of: mixed, as: UInt64.self)
    }
}
