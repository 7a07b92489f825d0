// What the demo is made with. Files are named here and read when it starts.

package import TokenAuth

/// Where the demo's page is, and the gateway that it uses.
package struct DemoSettings: Sendable {
    /// Gateways that share their users, and who starts and kills them.
    package struct Cluster: Sendable, Equatable {
        /// Its public addresses. A page takes one of them, so that tabs of one browser have connections of their own.
        package var gateways: [String]
        /// The address of the page of `make cluster`, which the page asks what the gateways do.
        package var control: String?

        /// - Parameters:
        ///   - gateways: URLs, one at least.
        ///   - control: a URL, or nothing.
        package init(gateways: [String], control: String? = nil) {
            (self.gateways, self.control) = (gateways, control)
        }
    }

    /// What the gateway wants to read in a token, where it is told to check it.
    package struct TokenNames: Sendable, Equatable {
        /// `iss`.
        package var issuer: String?
        /// `aud`.
        package var audience: String?

        /// - Parameters:
        ///   - issuer: `auth.issuer` of the gateway.
        ///   - audience: `auth.audience` of the gateway.
        package init(issuer: String? = nil, audience: String? = nil) {
            self.issuer = issuer
            self.audience = audience
        }
    }

    /// The IP address to listen on.
    package var address = "127.0.0.1"
    /// The TCP port to listen on.
    package var port: Int
    /// The port of the gateway, on the same host.
    package var gatewayPort: Int
    /// PEM file of the certificate chain; the gateway's will do.
    package var certificate: String
    /// PEM file of its private key.
    package var key: String
    /// PEM file of the authorities that vouch for the gateway; the system's when nil.
    package var certificateAuthorities: String?
    /// The keys that tokens are signed with: the gateway's own.
    package var keys: KeySet
    /// What the gateway wants to read in a token.
    package var tokenNames = TokenNames()
    /// The gateways in place of the one on ``gatewayPort``.
    package var cluster: Cluster?

    /// - Parameters:
    ///   - port: the TCP port to listen on.
    ///   - gatewayPort: the port of the gateway, on the same host.
    ///   - certificate: PEM file of the certificate chain.
    ///   - key: PEM file of its private key.
    ///   - keys: the keys that tokens are signed with.
    package init(port: Int, gatewayPort: Int, certificate: String, key: String, keys: KeySet) {
        self.port = port
        self.gatewayPort = gatewayPort
        self.certificate = certificate
        self.key = key
        self.keys = keys
    }

    /// The page's origin, which the gateway has to allow (`cors.origins`).
    package var origin: String { "https://localhost:\(port)" }
    /// The gateway's origin.
    package var gateway: String { cluster?.gateways.first ?? "https://localhost:\(gatewayPort)" }
}
