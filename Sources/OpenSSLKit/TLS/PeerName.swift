// The name or address by which a client knows its server: what goes into SNI and what the certificate must be for.

internal import COpenSSL

/// The reference identity of a server (RFC 9525 §6.1).
package enum PeerName: Sendable, Hashable {
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
