// Certificates that a client or a server must refuse, and those it must take.

import NIOOpenSSL
import Testing

@Suite struct VerificationTests {
    @Test func anExpiredCertificateIsRefused() throws {
        let wire = try Wire.make(identities: [TestIdentities.expired]).connect()
        let error = try #require(wire.client.recorder.tlsError)
        #expect(error.code == .certificateRejected)
        #expect(error.message.contains("expired"))
        #expect(error.alert == "certificate_expired")
        #expect(error.responsible == .peer)
    }

    @Test func anUnknownAuthorityIsRefused() throws {
        let wire = try Wire.make(client: { $0.trustRoots = TestAuthority.foreign.trust }).connect()
        #expect(wire.client.recorder.tlsError?.code == .certificateRejected)
        #expect(wire.client.recorder.tlsError?.alert == "unknown_ca")
        #expect(wire.server.recorder.tlsError?.alert == "unknown_ca")
    }

    @Test func theSystemDoesNotTrustATestAuthority() throws {
        let wire = try Wire.make(client: { $0.trustRoots = .system }).connect()
        #expect(wire.client.recorder.codes == [.certificateRejected])
    }
}

@Suite struct ClientCertificateTests {
    private static let versions: [TLSVersion] = [.tls12, .tls13]

    private func wire(
        _ verification: TLSServerConfiguration.ClientVerification, client identity: TLSIdentity?
    ) throws -> Wire {
        try Wire.make(server: { $0.clientVerification = verification }, client: { $0.identity = identity }).connect()
    }

    @Test func aRequiredCertificateIsTaken() throws {
        let wire = try wire(.required(TestAuthority.shared.trust), client: TestIdentities.client)
        #expect(wire.server.handler.isPeerVerified)
        #expect(wire.server.handler.peerCertificateSubject == "CN=publisher")
    }

    @Test func aRequiredCertificateIsMissed() throws {
        let wire = try wire(.required(TestAuthority.shared.trust), client: nil)
        #expect(wire.server.recorder.codes == [.certificateMissing])
        #expect(wire.server.recorder.tlsError?.alert == "certificate_required")
        #expect(wire.client.recorder.codes == [.alertReceived])
    }

    @Test func anOptionalCertificateMayBeMissing() throws {
        let wire = try wire(.optional(TestAuthority.shared.trust), client: nil)
        #expect(wire.server.recorder.isHandshakeComplete)
        #expect(!wire.server.handler.isPeerVerified)
        #expect(wire.server.handler.peerCertificateSubject == nil)
    }

    @Test func anOptionalCertificateIsTaken() throws {
        let wire = try wire(.optional(TestAuthority.shared.trust), client: TestIdentities.client)
        #expect(wire.server.handler.isPeerVerified)
    }

    @Test func aForeignCertificateIsRefusedEvenWhenOptional() throws {
        let wire = try wire(.optional(TestAuthority.shared.trust), client: TestIdentities.foreignClient)
        #expect(wire.server.recorder.codes == [.certificateRejected])
        #expect(wire.server.recorder.tlsError?.alert == "unknown_ca")
    }

    @Test func withoutBeingAskedNothingIsShown() throws {
        let wire = try wire(.none, client: TestIdentities.client)
        #expect(wire.server.handler.peerCertificateSubject == nil)
    }

    @Test func resumptionRemembersWhoItWas() throws {
        let contexts = try Contexts.make(
            server: { $0.clientVerification = .required(TestAuthority.shared.trust) },
            client: { $0.identity = TestIdentities.client })
        _ = try contexts.wire().connect()
        let wire = try contexts.wire().connect()
        #expect(wire.server.handler.wasResumed)
        #expect(wire.server.handler.isPeerVerified)
        #expect(wire.server.handler.peerCertificateSubject == "CN=publisher")
    }
}
