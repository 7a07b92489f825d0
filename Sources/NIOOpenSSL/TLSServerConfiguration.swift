// What an operator decides about a TLS server. Ciphers, groups and renegotiation are not here: nobody should have to
// decide them. They follow Mozilla's "intermediate" configuration.

public import NIOCore

/// How a server does TLS.
public struct TLSServerConfiguration: Sendable {
    /// Certificates with their keys. The first is the default, together with others for exactly the same names, e.g. of
    /// another key type. The rest are for clients that ask for their host names (SNI, RFC 6066 §3).
    public var identities: [TLSIdentity]
    /// ALPN names (RFC 7301), the preferred first. When there are some, a client that offers only others is refused,
    /// and a client that offers nothing is served. When there are none, the server ignores what a client offers.
    public var applicationProtocols: [String] = []
    /// The lowest version that the server accepts.
    public var minimumVersion: TLSVersion = .tls12
    /// Whether the server asks clients for a certificate.
    public var clientVerification: ClientVerification = .none
    /// How many session tickets the server sends after a full TLS 1.3 handshake. One is enough for a browser, which
    /// opens one connection, or resumes one after another.
    public var sessionTickets: Int = 1
    /// How long a client can resume a session by its ticket. The key of tickets changes after each half of it.
    public var ticketLifetime: TimeAmount = .hours(2)
    /// The keys of tickets. Without them each context makes its own, which end with it.
    public var ticketKeys: TLSTicketKeys?
    /// The clock for the keys of tickets.
    package var now: @Sendable () -> NIODeadline = { .now() }

    /// - Parameter identities: Certificates with their keys, the default first.
    public init(identities: [TLSIdentity]) { self.identities = identities }

    /// Whether a server asks its clients for a certificate.
    public struct ClientVerification: Sendable {
        enum Demand { case none, optional, required }

        let demand: Demand
        let trustRoots: TLSTrustRoots

        /// The server does not ask.
        public static let none = ClientVerification(demand: .none, trustRoots: .system)

        /// The server asks, and serves a client without a certificate, too. A certificate that the client sends must
        /// verify.
        ///
        /// - Parameter trustRoots: The authorities that the certificate must come from.
        public static func optional(_ trustRoots: TLSTrustRoots) -> ClientVerification {
            ClientVerification(demand: .optional, trustRoots: trustRoots)
        }

        /// The server asks, and refuses a client without a certificate that verifies.
        ///
        /// - Parameter trustRoots: The authorities that the certificate must come from.
        public static func required(_ trustRoots: TLSTrustRoots) -> ClientVerification {
            ClientVerification(demand: .required, trustRoots: trustRoots)
        }
    }
}
