// What is known about the certificate that a peer showed. It judges nothing.

internal import COpenSSL

/// A peer's certificate, read once. An object, so that a connection whose peer showed none pays one pointer for it.
package final class PeerCertificate: Sendable {
    /// The subject (RFC 4514).
    package let subject: String
    /// DNS names and IP addresses that it is for (RFC 5280 §4.2.1.6).
    package let hostNames: [String]
    /// The end of the validity, in seconds since 1970-01-01T00:00:00Z: the earliest of the chain as it was verified, up
    /// to what is trusted, or else of the chain as it was sent (RFC 5280 §6.1.3).
    package let notAfter: Int64

    /// - Parameter ssl: One whose handshake is complete.
    /// - Returns: `nil` when the peer showed none.
    init?(of ssl: OpaquePointer) {
        guard let leaf = SSL_get0_peer_certificate(ssl).map(Self.certificate) else { return nil }
        subject = leaf.subject
        hostNames = leaf.hostNames
        // A resumed session has no verified chain.
        let chain = SSL_get0_verified_chain(ssl) ?? SSL_get_peer_cert_chain(ssl)
        let intermediates = (0..<max(0, OPENSSL_sk_num(chain))).compactMap { index in
            OPENSSL_sk_value(chain, index).map { Self.certificate(OpaquePointer($0)) }
        }
        notAfter = intermediates.map(\.notAfter).min().map { min($0, leaf.notAfter) } ?? leaf.notAfter
    }

    /// - Parameter borrowed: An `X509` of the SSL.
    private static func certificate(_ borrowed: OpaquePointer) -> Certificate {
        X509_up_ref(borrowed)
        return Certificate(takingOwnership: borrowed)
    }
}

// The name or address by which a client knows its server. It goes into SNI, and the certificate must be for it.

/// The reference identity of a server (RFC 9525 §6.1). Indirect, since a server's connections have a place for it, too.
package indirect enum PeerName: Sendable, Hashable {
    /// A host name, without a trailing dot.
    case host(String)
    /// An IPv4 or IPv6 address. It is never sent as SNI (RFC 6066 §3).
    case address(String)

    /// The name or address as text.
    package var text: String {
        switch self {
        case .host(let name): name
        case .address(let address): address
        }
    }

    // The subject's common name is never looked at (RFC 9525 §2), and a wildcard is a whole label (§6.3).
    func apply(to ssl: OpaquePointer) -> Bool {
        SSL_set_hostflags(
            ssl, CUnsignedInt(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        switch self {
        case .host(let name):
            return sluice_SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1
        case .address(let address):
            return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1
        }
    }
}
