// The usual wires of the tests: what is not said is the default.

import NIOCore

@testable import NIOOpenSSL

extension Wire {
    /// A wire between a client and a server for `localhost`.
    static func make(
        identities: [TLSIdentity] = [TestIdentities.elliptic], serverName: String = "localhost",
        scratch: (client: OpenSSLScratch, server: OpenSSLScratch)? = nil,
        server changeServer: (inout TLSServerConfiguration) -> Void = { _ in },
        client changeClient: (inout TLSClientConfiguration) -> Void = { _ in }
    ) throws -> Wire {
        let contexts = try Contexts.make(identities: identities, server: changeServer, client: changeClient)
        return try contexts.wire(serverName: serverName, scratch: scratch)
    }

    /// A wire whose handshake is complete.
    static func open() throws -> Wire { try make().connect() }
}

/// A client's and a server's context.
struct Contexts {
    let client: TLSContext
    let server: TLSContext

    static func make(
        identities: [TLSIdentity] = [TestIdentities.elliptic],
        server changeServer: (inout TLSServerConfiguration) -> Void = { _ in },
        client changeClient: (inout TLSClientConfiguration) -> Void = { _ in }
    ) throws -> Contexts {
        var serverConfiguration = TLSServerConfiguration(identities: identities)
        changeServer(&serverConfiguration)
        var clientConfiguration = TLSClientConfiguration()
        clientConfiguration.trustRoots = TestAuthority.shared.trust
        changeClient(&clientConfiguration)
        return Contexts(
            client: try TLSContext(client: clientConfiguration), server: try TLSContext(server: serverConfiguration))
    }

    func wire(
        serverName: String = "localhost", scratch: (client: OpenSSLScratch, server: OpenSSLScratch)? = nil
    ) throws -> Wire {
        try Wire(
            client: OpenSSLHandler(
                clientContext: client, serverName: serverName, scratch: scratch?.client ?? OpenSSLScratch()),
            server: OpenSSLHandler(serverContext: server, scratch: scratch?.server ?? OpenSSLScratch()))
    }
}
