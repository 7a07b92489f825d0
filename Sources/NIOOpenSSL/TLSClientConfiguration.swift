// What a program decides about its TLS clients. That the server's certificate is verified is not a decision.

/// How a client does TLS. The server's certificate is always verified, against ``trustRoots`` and the server's name.
public struct TLSClientConfiguration: Sendable {
    /// The authorities that the server's certificate must come from.
    public var trustRoots: TLSTrustRoots = .system
    /// ALPN names (RFC 7301), most wanted first.
    public var applicationProtocols: [String] = []
    /// Who the client is, for servers that ask.
    public var identity: TLSIdentity?
    /// The lowest version accepted.
    public var minimumVersion: TLSVersion = .tls12

    /// Trusts the system's authorities and accepts TLS 1.2 and 1.3.
    public init() {}
}
