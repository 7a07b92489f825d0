// What a canary believes: the certificate that the gateway itself serves, pinned, and its validity. So it needs no
// authority, and an expired certificate is as bad for it as for a browser.

internal import NIOOpenSSL

/// How a canary verifies the gateway.
struct CanaryTrust {
    let context: TLSContext
    /// A name that the certificate is for.
    let serverName: String

    /// - Throws: ``TLSError`` when the certificate can't be read, or is for nobody.
    init(_ tls: GatewayConfiguration.TLS) throws(TLSError) {
        guard let files = tls.identities.first else {
            throw TLSError(code: .serverNameInvalid, message: "there is no certificate")
        }
        let identity = try TLSIdentity(certificateChainFile: files.certificate, privateKeyFile: files.key)
        guard let name = identity.hostNames.first else {
            throw TLSError(code: .serverNameInvalid, message: "the certificate names no host")
        }
        // A wildcard stands for one label (RFC 9525 §6.3).
        serverName = name.hasPrefix("*.") ? "canary" + name.dropFirst() : name
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = .pinned(file: files.certificate)
        context = try TLSContext(client: configuration)
    }
}
