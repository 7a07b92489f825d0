// Everything that an SSL_CTX is made from, as values. The defaults are those of the public configuration.

package import NIOCore

/// What an ``OpenSSLContext`` is made from.
package struct OpenSSLContextSettings: Sendable {
    /// Which side of the handshake.
    package enum Role: Sendable { case server, client }

    /// Whether the peer's certificate is asked for.
    package enum PeerVerification: Sendable { case none, optional, required }

    /// Where trust in the peer's certificate starts.
    package enum Trust: Sendable {
        /// The directories that OpenSSL was built with (or that `SSL_CERT_FILE` names).
        case system
        /// The certificates in a PEM text.
        case certificates(PEMText)
        /// The certificates of chains that we have ourselves, whoever has issued them.
        case pinned([Identity])
    }

    /// Which side of the handshake.
    package var role: Role
    /// The lowest protocol version accepted, as on the wire.
    package var minimumVersion: UInt16
    /// Who we are; for a server the first is the default.
    package var identities: [Identity]
    /// ALPN names, most wanted first.
    package var applicationProtocols: [String]
    /// Where trust starts, when the peer is verified.
    package var trust: Trust
    /// Whether the peer's certificate is asked for.
    package var peerVerification: PeerVerification
    /// How many tickets a server sends after a TLS 1.3 handshake.
    package var ticketCount: Int
    /// For how long a server's ticket may be used.
    package var ticketLifetime: TimeAmount
    /// The keys that seal tickets. Without them the context has keys of its own.
    package var ticketKeys: TicketKeys?
    /// The time, for the keys of tickets.
    package var now: @Sendable () -> NIODeadline
    /// Whether a server seals the records of TLS 1.3 itself once the handshake is complete, instead of by the SSL.
    var sealsRecords: Bool

    /// - Parameters: As the properties of the same names.
    package init(
        role: Role, minimumVersion: UInt16, identities: [Identity], applicationProtocols: [String], trust: Trust,
        peerVerification: PeerVerification, ticketCount: Int, ticketLifetime: TimeAmount = .hours(2),
        ticketKeys: TicketKeys? = nil,
        now: @escaping @Sendable () -> NIODeadline = { .now() }, sealsRecords: Bool = true
    ) {
        self.role = role
        self.minimumVersion = minimumVersion
        self.identities = identities
        self.applicationProtocols = applicationProtocols
        self.trust = trust
        self.peerVerification = peerVerification
        self.ticketCount = ticketCount
        self.ticketLifetime = ticketLifetime
        self.ticketKeys = ticketKeys
        self.now = now
        self.sealsRecords = sealsRecords
    }
}
