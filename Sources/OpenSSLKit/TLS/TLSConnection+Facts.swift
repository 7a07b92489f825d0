// What is known about a connection once its handshake is complete. Reading only.

internal import COpenSSL

extension TLSConnection {
    /// The protocol version on the wire: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3.
    package var versionNumber: Int { Int(SSL_version(ssl)) }

    /// The name of the negotiated cipher suite, in OpenSSL's spelling.
    package var cipherSuite: String {
        guard let cipher = SSL_get_current_cipher(ssl), let name = SSL_CIPHER_get_name(cipher) else { return "" }
        return String(cString: name)
    }

    /// The protocol chosen by ALPN (RFC 7301), or `nil` if there was none to choose.
    package var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: CUnsignedInt = 0
        SSL_get0_alpn_selected(ssl, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// Whether an earlier session was resumed (RFC 8446 §2.2).
    package var wasResumed: Bool { SSL_session_reused(ssl) == 1 }

    /// The subject of the peer's certificate (RFC 4514), or `nil` if it showed none.
    package var peerSubject: String? {
        SSL_get0_peer_certificate(ssl).map(Certificate.subject(ofBorrowed:))
    }

    /// Whether the peer showed a certificate and its chain (and, for a server, its name) verified.
    package var isPeerVerified: Bool {
        SSL_get0_peer_certificate(ssl) != nil && SSL_get_verify_result(ssl) == X509_V_OK
    }

    /// OpenSSL's words on the verification of the peer's certificate.
    var verifyVerdict: String {
        X509_verify_cert_error_string(SSL_get_verify_result(ssl)).map { String(cString: $0) } ?? "unknown"
    }
}
