// What records need to know of the cipher suites of TLS 1.3. OpenSSL chooses one in the handshake.

internal import COpenSSL

/// A cipher suite of TLS 1.3 (RFC 8446 §B.4).
enum RecordSuite: Int, CaseIterable {
    case aes128GCM
    case aes256GCM
    case chaCha20Poly1305

    /// - Parameter identifier: the two bytes on the wire.
    init?(identifier: UInt16) {
        switch identifier {
        case 0x1301: self = .aes128GCM
        case 0x1302: self = .aes256GCM
        case 0x1303: self = .chaCha20Poly1305
        default: return nil
        }
    }

    /// The key's size in bytes.
    var keyBytes: Int { self == .aes128GCM ? 16 : 32 }
    /// The hash of the key schedule.
    var hash: HashAlgorithm { self == .aes256GCM ? .sha384 : .sha256 }
    /// A traffic secret's size in bytes: that of the hash.
    var secretBytes: Int { hash.byteCount }
    /// The cipher, as providers name it.
    var cipherName: String {
        switch self {
        case .aes128GCM: "AES-128-GCM"
        case .aes256GCM: "AES-256-GCM"
        case .chaCha20Poly1305: "ChaCha20-Poly1305"
        }
    }

    /// After this many records a sender takes a new key (RFC 8446 §5.5: 2^24.5 full-size records for AES-GCM). With
    /// ChaCha20 the sequence number would wrap first, which takes longer than any machine lasts.
    var recordsPerKey: UInt64 { self == .chaCha20Poly1305 ? .max : 1 << 23 }

    /// The size of a record's authentication tag, in bytes. It is the same for all suites.
    static let tagBytes = 16
    /// The size of a record's nonce, in bytes (RFC 8446 §5.3).
    static let nonceBytes = 12
}
