// One key that seals session tickets (RFC 5077 §4): its name, which is in the ticket, and two secrets.

internal import COpenSSL

/// Overwrites key material, so that it is not found in freed memory.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Seals and opens tickets: AES-256-CBC, then HMAC-SHA-256.
///
/// Unchecked because it holds memory by pointer. The memory is written in `init` alone, and wiped in `deinit`.
final class TicketKey: @unchecked Sendable {
    /// The name's size in bytes. OpenSSL puts the name in front of each ticket.
    static let nameBytes = 16
    private static let secretBytes = 32
    static let byteCount = nameBytes + 2 * secretBytes

    /// The name, the cipher's key, the code's key.
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter random: the source of the key. Nobody else may be able to predict it.
    init(using random: inout some RandomNumberGenerator) {
        bytes = .allocate(capacity: Self.byteCount)
        bytes.initialize(repeating: 0)
        for index in bytes.indices { bytes[index] = UInt8.random(in: .min ... .max, using: &random) }
    }

    /// - Parameter secret: ``byteCount`` bytes that nobody else knows.
    init(_ secret: some Collection<UInt8>) {
        precondition(secret.count == Self.byteCount, "A ticket key has a name and two secrets.")
        bytes = .allocate(capacity: Self.byteCount)
        _ = bytes.initialize(fromContentsOf: secret)
    }

    deinit {
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        bytes.deallocate()
    }

    /// Whether a ticket says that it was made with this key. The name is no secret.
    func isNamed(_ name: UnsafeBufferPointer<UInt8>) -> Bool { bytes.prefix(Self.nameBytes).elementsEqual(name) }

    /// The name that is in front of each ticket that it seals.
    var name: [UInt8] { Array(bytes.prefix(Self.nameBytes)) }

    /// Prepares OpenSSL's contexts to seal a ticket.
    ///
    /// - Parameters:
    ///   - name: gets the key's.
    ///   - nonce: gets a fresh one, as long as the cipher's.
    /// - Returns: false when OpenSSL fails.
    func prepareToSeal(
        name: UnsafeMutablePointer<UInt8>, nonce: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?,
        _ code: OpaquePointer?
    ) -> Bool {
        for (index, byte) in bytes.prefix(Self.nameBytes).enumerated() { name[index] = byte }
        return RAND_bytes(nonce, Self.nonceBytes) == 1
            && EVP_EncryptInit_ex(cipher, Self.cipher, nil, cipherKey, nonce) == 1 && prepare(code)
    }

    /// Prepares OpenSSL's contexts to open a ticket, like ``prepareToSeal(name:nonce:_:_:)``.
    func prepareToOpen(nonce: UnsafePointer<UInt8>, _ cipher: OpaquePointer?, _ code: OpaquePointer?) -> Bool {
        prepare(code) && EVP_DecryptInit_ex(cipher, Self.cipher, nil, cipherKey, nonce) == 1
    }

    private var cipherKey: UnsafeMutablePointer<UInt8>? { bytes.baseAddress.map { $0 + Self.nameBytes } }
    private var codeKey: UnsafeMutablePointer<UInt8>? { cipherKey.map { $0 + Self.secretBytes } }

    private func prepare(_ code: OpaquePointer?) -> Bool {
        let digest: StaticString = "SHA256"
        // An OSSL_PARAM that is set is only read.
        let name = UnsafeMutablePointer(
            mutating: UnsafeRawPointer(digest.utf8Start).assumingMemoryBound(to: CChar.self))
        let parameters: InlineArray<2, OSSL_PARAM> = [
            OSSL_PARAM_construct_utf8_string(sluice_OSSL_MAC_PARAM_DIGEST(), name, digest.utf8CodeUnitCount),
            OSSL_PARAM_construct_end(),
        ]
        return parameters.span.withUnsafeBufferPointer {
            EVP_MAC_init(code, codeKey, Self.secretBytes, $0.baseAddress) == 1
        }
    }

    private static let nonceBytes: CInt = 16
    // Unsafe only because a C pointer is not Sendable: it is written once, here, and OpenSSL only reads it. The cipher
    // is fetched once, because OpenSSL 3.0 takes longer to find an algorithm by its name than to encrypt a ticket.
    nonisolated(unsafe) private static let cipher = EVP_CIPHER_fetch(nil, "AES-256-CBC", nil)
}
