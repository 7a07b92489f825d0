// A checked configuration, ready for connections. It is immutable: a reload makes a new one, and connections that began
// with the old one go on.

internal import OpenSSLKit

/// A server's or client's configuration, checked and ready for any number of connections on any event loop.
public final class TLSContext: Sendable {
    let base: OpenSSLContext
    let isServer: Bool

    /// Whether a server's TLS 1.3 connections give up OpenSSL's `SSL`, with 13 KB each, once the handshake is over.
    /// They keep it where OpenSSL's own configuration wants another key schedule than the default one (as FIPS's).
    public var sealsRecords: Bool { base.sealsRecords }

    /// Checks a server's configuration.
    ///
    /// - Parameter configuration: At least one identity.
    /// - Throws: ``TLSError`` that names what is refused and what to do.
    public init(server configuration: TLSServerConfiguration) throws(TLSError) {
        guard !configuration.identities.isEmpty else {
            throw TLSError(code: .settingRefused, message: "a TLS server needs a certificate and its key; give one")
        }
        let verification = configuration.clientVerification
        isServer = true
        base = try Self.make { () throws(LoadFailure) in
            OpenSSLContextSettings(
                role: .server, minimumVersion: configuration.minimumVersion.number,
                identities: configuration.identities.map(\.identity),
                applicationProtocols: configuration.applicationProtocols, trust: try verification.trustRoots.load(),
                peerVerification: verification.demand.verification, ticketCount: configuration.sessionTickets,
                ticketLifetime: configuration.ticketLifetime, ticketKeys: configuration.ticketKeys?.keys,
                now: configuration.now)
        }
    }

    /// Checks a client's configuration.
    ///
    /// - Parameter configuration: Which authorities to trust, and the client's certificate.
    /// - Throws: ``TLSError`` that names what is refused and what to do.
    public init(client configuration: TLSClientConfiguration) throws(TLSError) {
        isServer = false
        base = try Self.make { () throws(LoadFailure) in
            OpenSSLContextSettings(
                role: .client, minimumVersion: configuration.minimumVersion.number,
                identities: configuration.identity.map { [$0.identity] } ?? [],
                applicationProtocols: configuration.applicationProtocols, trust: try configuration.trustRoots.load(),
                peerVerification: .required, ticketCount: 0)
        }
    }

    private static func make(
        _ settings: () throws(LoadFailure) -> OpenSSLContextSettings
    ) throws(TLSError) -> OpenSSLContext {
        do {
            return try OpenSSLContext(settings())
        } catch {
            throw TLSError(error)
        }
    }
}

extension TLSServerConfiguration.ClientVerification.Demand {
    fileprivate var verification: OpenSSLContextSettings.PeerVerification {
        switch self {
        case .none: .none
        case .optional: .optional
        case .required: .required
        }
    }
}
