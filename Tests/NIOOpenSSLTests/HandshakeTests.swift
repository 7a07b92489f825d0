// Whole handshakes between our client and our server, in memory.

import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite struct HandshakeTests {
    @Test func tls13IsTheDefault() throws {
        let wire = try Wire.open()
        #expect(wire.client.handler.negotiatedVersion == .tls13)
        #expect(wire.server.handler.negotiatedVersion == .tls13)
        #expect(wire.server.handler.negotiatedCipherSuite == "TLS_AES_128_GCM_SHA256")
        #expect(wire.client.recorder.events == ["handshake -"])
        #expect(wire.server.recorder.events == ["handshake -"])
        #expect(wire.client.handler.isPeerVerified)
        #expect(wire.client.handler.peerCertificateSubject == "CN=elliptic")
        #expect(!wire.server.handler.isPeerVerified)
    }

    @Test func theServersCertificateIsKnown() throws {
        let wire = try Wire.make(identities: [TestIdentities.elliptic])
        #expect(wire.client.handler.peerCertificateNotAfter == nil)
        #expect(wire.client.handler.peerCertificateHostNames == [])
        try wire.connect()
        #expect(wire.client.handler.peerCertificateNotAfter ?? .max <= TestIdentities.elliptic.notAfter)
        #expect(wire.client.handler.peerCertificateHostNames == TestIdentities.elliptic.hostNames)
        #expect(wire.server.handler.peerCertificateNotAfter == nil)
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64])
    func survivesAnyFragmentation(size: Int) throws {
        var wire = try Wire.make()
        wire.pieceSize = size
        try wire.connect()
        wire.client.send("up")
        wire.server.send("down")
        wire.run()
        #expect(wire.server.recorder.text == "up")
        #expect(wire.client.recorder.text == "down")
    }

    @Test func bothKindsOfKeysWork() throws {
        for (identity, subject) in [(TestIdentities.elliptic, "CN=elliptic"), (TestIdentities.rsa, "CN=rsa")] {
            let wire = try Wire.make(identities: [identity]).connect()
            #expect(wire.client.handler.peerCertificateSubject == subject)
            #expect(wire.client.recorder.isHandshakeComplete)
        }
    }

    @Test func anEllipticAndAnRSAKeyCanServeTheSameNames() throws {
        let wire = try Wire.make(identities: [TestIdentities.rsa, TestIdentities.elliptic]).connect()
        #expect(wire.client.recorder.isHandshakeComplete)
    }

    @Test func writesBeforeTheHandshakeWaitForIt() throws {
        let wire = try Wire.make()
        let promise = wire.loop.makePromise(of: Void.self)
        wire.client.write("early", promise: promise)
        wire.client.channel.flush()
        wire.client.write("unflushed")
        try wire.connect()
        #expect(wire.server.recorder.text == "early")
        #expect(throws: Never.self) { try promise.futureResult.wait() }
        wire.client.channel.flush()
        wire.run()
        #expect(wire.server.recorder.text == "earlyunflushed")
    }

    @Test func aHandlerAddedToAnActiveChannelBegins() throws {
        let wire = try Wire.make()
        try wire.server.connect()
        try wire.client.connect()
        #expect(wire.client.takeBytes().first == 22)
    }
}
