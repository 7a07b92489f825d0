// The facts of a handshake. They are read from the SSL once, when the handshake is complete, because the SSL may be
// freed then.

internal import COpenSSL

/// What two peers agreed on, and what is known about the other one.
package struct TLSFacts: Sendable {
    /// The protocol version on the wire: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3. 0 before the handshake is complete.
    package var versionNumber: Int { Int(version) }
    /// The name of the negotiated cipher suite, in OpenSSL's spelling.
    package var cipherSuite: String { cipherName.map { String(cString: $0) } ?? "" }
    // Unsafe only because a C pointer is not Sendable: it points into a table of OpenSSL's that nobody writes to.
    nonisolated(unsafe) private var cipherName: UnsafePointer<CChar>?
    /// The protocol chosen by ALPN (RFC 7301), or `nil` if there was none to choose.
    package private(set) var applicationProtocol: String?
    /// The peer's certificate, or `nil` if it showed none.
    package private(set) var peerCertificate: PeerCertificate?
    private var version: UInt16 = 0
    /// Whether an earlier session was resumed (RFC 8446 §2.2).
    package private(set) var wasResumed = false
    /// Whether the peer showed a certificate and its chain (and, for a server, its name) verified.
    package private(set) var isPeerVerified = false

    init() {}

    init(of ssl: OpaquePointer) {
        version = UInt16(truncatingIfNeeded: SSL_version(ssl))
        cipherName = SSL_get_current_cipher(ssl).flatMap(SSL_CIPHER_get_name)
        applicationProtocol = Self.applicationProtocol(of: ssl)
        wasResumed = SSL_session_reused(ssl) == 1
        peerCertificate = PeerCertificate(of: ssl)
        isPeerVerified = peerCertificate != nil && SSL_get_verify_result(ssl) == X509_V_OK
    }

    private static func applicationProtocol(of ssl: OpaquePointer) -> String? {
        var name: UnsafePointer<UInt8>?
        var length: CUnsignedInt = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }
}

extension TLSConnection {
    /// OpenSSL's words on the verification of the peer's certificate, while there is an SSL.
    var verifyVerdict: String {
        guard let ssl else { return "unknown" }
        let result = SSL_get_verify_result(ssl)
        let words = X509_verify_cert_error_string(result).map { String(cString: $0) } ?? "unknown"
        guard result == X509_V_ERR_CERT_HAS_EXPIRED, let end = Self.end(of: SSL_get0_verified_chain(ssl)) else {
            return words
        }
        return "\(words) (on \(end))"
    }

    /// When the first certificate of a chain ends, in OpenSSL's words. OpenSSL keeps the chain that it refused.
    private static func end(of chain: OpaquePointer?) -> String? {
        let ends = (0..<max(0, OPENSSL_sk_num(chain))).compactMap { index in
            OPENSSL_sk_value(chain, index).flatMap { X509_get0_notAfter(OpaquePointer($0)) }
        }
        guard let first = ends.min(by: { ASN1_TIME_compare($0, $1) < 0 }), let text = BIO_new(BIO_s_mem()) else {
            return nil
        }
        defer { BIO_free(text) }
        guard ASN1_TIME_print(text, first) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = BIO_read(text, &bytes, CInt(bytes.count))
        return count > 0 ? String(decoding: bytes.prefix(Int(count)), as: UTF8.self) : nil
    }
}
