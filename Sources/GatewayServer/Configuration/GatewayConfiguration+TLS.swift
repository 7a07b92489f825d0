// `tls.…`: the certificates to serve with, as paths, and what is asked of the peer. It loads no file.

extension GatewayConfiguration {
    /// `tls.…`: certificates, and what is asked of the peer's TLS.
    package struct TLS: Sendable, Equatable {
        /// The oldest protocol version that is spoken.
        package enum MinimumVersion: String, Sendable, Equatable, CaseIterable {
            case tls12 = "1.2"
            case tls13 = "1.3"
        }

        /// A certificate chain and its private key, each a PEM file.
        package struct IdentityFiles: Sendable, Equatable {
            /// The path of the chain, the server's own certificate first.
            package var certificate: String
            /// The path of the private key.
            package var key: String

            /// - Parameters:
            ///   - certificate: the path of the chain.
            ///   - key: the path of the private key.
            package init(certificate: String, key: String) {
                self.certificate = certificate
                self.key = key
            }
        }

        /// At least one; the first is served when a client's server name (SNI, RFC 6066 §3) fits none.
        package var identities: [IdentityFiles]
        /// The oldest protocol version that is spoken.
        package var minimumVersion = MinimumVersion.tls12
        /// The path of the authorities (PEM) that client certificates must come from.
        var clientCA: String?
        /// How long a peer may take from connecting to a finished handshake.
        package var handshakeTimeout: Duration = .seconds(10)
        /// For how long a client may resume its session (RFC 8446 §4.6.1: seven days at most).
        package var ticketLifetime: Duration = .seconds(2 * 3600)
        /// The path of the secret that the keys of tickets are derived from; nil for keys of this process alone.
        package var ticketKeys: String?

        /// - Parameter identities: at least one certificate with its key.
        package init(identities: [IdentityFiles]) {
            self.identities = identities
        }
    }
}
