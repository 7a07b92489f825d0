// An OpenID provider over TLS, for gateways that take its tokens: two issuers with keys of their own.

import Glibc
import Testing

/// A running provider, for as long as a test holds it.
final class OpenIDProvider: Sendable {
    let port: Int
    private let child: Child
    private let authority: String

    /// Starts one and waits until it listens.
    ///
    /// - Parameter away: whether it gives nobody its keys at first.
    static func start(away: Bool = false) async throws -> OpenIDProvider {
        let provider = try await OpenIDProvider(Certificates.shared(), port: freePorts(1)[0], away: away)
        try await eventually("a provider", otherwise: { provider.child.transcript }) {
            JSONLine.all(in: provider.child.output).contains { $0.flag("ready") == true }
        }
        return provider
    }

    private init(_ certificates: Certificates, port: Int, away: Bool) throws {
        (self.port, authority) = (port, certificates.authority)
        child = try Child(
            Package.python(),
            [
                Package.client("openid_provider.py"), "--port", "\(port)", "--certificate", certificates.chain,
                "--key", certificates.key,
            ] + (away ? ["--away"] : []), environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: Workspace())
    }

    /// `auth.issuers`, with both of them.
    var issuers: String {
        let issuer = "https://localhost:\(port)"
        return """
            [{issuer: "\(issuer)", discovery: true, ca: "\(authority)", audience: sluice, grants_claim: roles}, \
            {issuer: "\(issuer)/other", jwks_url: "\(issuer)/other/jwks", ca: "\(authority)", audience: sluice, \
            grants_claim: roles}]
            """
    }

    func end() async throws {
        child.send(SIGTERM)
        _ = try await child.ended()
    }
}
