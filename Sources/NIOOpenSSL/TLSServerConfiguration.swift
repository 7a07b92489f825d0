// What an operator decides about a TLS server. What nobody should have to decide (ciphers, groups, renegotiation) is not
// here: it is Mozilla's "intermediate" configuration.

public import NIOCore

/// How a server does TLS.
public struct TLSServerConfiguration: Sendable {
    /// Who the server is. The first (with others for exactly the same names, e.g. of another key type) is the default;
    /// the rest answer to their host names (SNI, RFC 6066 §3).
    public var identities: [TLSIdentity]
    /// ALPN names (RFC 7301), most wanted first. With none, the client's offer is ignored; otherwise a client that offers
    /// none of them is refused, and one that offers nothing is served.
    public var applicationProtocols: [String] = []
    /// The lowest version accepted.
    public var minimumVersion: TLSVersion = .tls12
    /// Whether clients are asked for a certificate.
    public var clientVerification: ClientVerification = .none
    /// How many session tickets are sent after a full TLS 1.3 handshake. A browser opens one connection, or resumes one
    /// after another: one is enough.
    public var sessionTickets: Int = 1
    /// For how long a session can be resumed by its ticket. The key that tickets are sealed with changes every half of it.
    public var ticketLifetime: TimeAmount = .hours(2)
    /// What tickets are sealed with; without it, keys that the context makes and that end with it.
    public var ticketKeys: TLSTicketKeys?
    /// The time, for the keys of tickets.
    package var now: @Sendable () -> NIODeadline = { .now() }

    /// - Parameter identities: Who the server is, the default first.
    public init(identities: [TLSIdentity]) { self.identities = identities }

    /// Whether clients are asked for a certificate.
    public struct ClientVerification: Sendable {
        enum Demand { case none, optional, required }

        let demand: Demand
        let trustRoots: TLSTrustRoots

        /// Clients are not asked.
        public static let none = ClientVerification(demand: .none, trustRoots: .system)

        /// Clients are asked and may decline; a certificate that is sent must verify.
        ///
        /// - Parameter trustRoots: The authorities it must come from.
        public static func optional(_ trustRoots: TLSTrustRoots) -> ClientVerification {
            ClientVerification(demand: .optional, trustRoots: trustRoots)
        }

        /// A client without a certificate that verifies is refused.
        ///
        /// - Parameter trustRoots: The authorities it must come from.
        public static func required(_ trustRoots: TLSTrustRoots) -> ClientVerification {
            ClientVerification(demand: .required, trustRoots: trustRoots)
        }
    }
}
