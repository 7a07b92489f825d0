// Which certificate answers to which name (SNI, RFC 6066 §3), and which names a client accepts.

import Testing

@testable import NIOOpenSSL

@Suite struct ServerNameTests {
    private let identities = [TestIdentities.elliptic, TestIdentities.wildcard, TestIdentities.exact]

    private func subject(for name: String) throws -> String? {
        let wire = try Wire.make(identities: identities, serverName: name).connect()
        #expect(wire.client.recorder.errors.isEmpty)
        return wire.client.handler.peerCertificateSubject
    }

    @Test func theNameChoosesTheCertificate() throws {
        #expect(try subject(for: "localhost") == "CN=elliptic")
        #expect(try subject(for: "a.example.com") == "CN=wildcard")
        #expect(try subject(for: "A.EXAMPLE.com.") == "CN=wildcard")
    }

    @Test func anExactNameGoesBeforeAWildcard() throws {
        #expect(try subject(for: "www.example.com") == "CN=exact")
    }

    @Test func anAddressGetsTheDefault() throws {
        #expect(try subject(for: "127.0.0.1") == "CN=elliptic")
    }

    @Test(arguments: ["unknown.test", "example.com", "a.b.example.com"])
    func anUnknownNameGetsTheDefaultAndTheClientRefusesIt(name: String) throws {
        let wire = try Wire.make(identities: identities, serverName: name).connect()
        let error = try #require(wire.client.recorder.tlsError)
        #expect(error.code == .certificateRejected)
        #expect(error.message.contains("hostname mismatch"))
        #expect(wire.server.recorder.codes == [.alertReceived])
    }

    @Test func aWrongAddressIsRefused() throws {
        let wire = try Wire.make(identities: identities, serverName: "127.0.0.2").connect()
        #expect(wire.client.recorder.tlsError?.message.contains("IP address mismatch") == true)
    }

    @Test func theNameIsKeptAcrossResumption() throws {
        let contexts = try Contexts.make(identities: identities)
        for resumed in [false, true] {
            let wire = try contexts.wire(serverName: "a.example.com").connect()
            #expect(wire.server.handler.wasResumed == resumed)
            #expect(wire.client.handler.peerCertificateSubject == "CN=wildcard")
        }
    }

    @Test(arguments: ["", ".", "a..b", "with space", "naïve.example", "nul\0l", String(repeating: "a", count: 64)])
    func whatIsNoNameIsRefused(name: String) throws {
        let context = try Contexts.make().client
        #expect {
            try OpenSSLHandler(clientContext: context, serverName: name)
        } throws: { ($0 as? TLSError)?.code == .serverNameInvalid }
    }
}
