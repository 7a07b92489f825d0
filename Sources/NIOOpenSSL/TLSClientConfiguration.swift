// What a program decides about its TLS clients. It can't turn off the verification of the server's certificate.

/// How a client does TLS. It always verifies the server's certificate, against ``trustRoots`` and the server's name.
public struct TLSClientConfiguration: Sendable {
    /// The authorities that the server's certificate must come from.
    public var trustRoots: TLSTrustRoots = .system
    /// ALPN names (RFC 7301), the preferred first.
    public var applicationProtocols: [String] = []
    /// The client's certificate with its key, for servers that ask for one.
    public var identity: TLSIdentity?
    /// The lowest version that the client accepts.
    public var minimumVersion: TLSVersion = .tls12

    /// Makes a configuration that trusts the system's authorities and accepts TLS 1.2 and 1.3.
    public init() {}
}
