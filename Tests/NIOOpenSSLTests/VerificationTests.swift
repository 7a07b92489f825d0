// Certificates that a client or a server must refuse, and those it must take.

import COpenSSL
import Foundation
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

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

    /// Whoever has issued it, and not when it has expired or is another's.
    @Test func aPinnedCertificateIsTakenByItself() throws {
        let files = try TestAuthority.foreign.issue(.init(name: "pinned"))
        let pinned = try TLSIdentity(certificateChainFile: files.certificate, privateKeyFile: files.key)
        let wire = try Wire.make(
            identities: [pinned], client: { $0.trustRoots = .pinned(to: [pinned]) }
        ).connect()
        #expect(wire.client.recorder.isHandshakeComplete && wire.client.handler.isPeerVerified)
        let other = try Wire.make(client: { $0.trustRoots = .pinned(to: [pinned]) }).connect()
        #expect(other.client.recorder.codes == [.certificateRejected])
        let misnamed = try Wire.make(
            identities: [pinned], serverName: "example.com",
            client: { $0.trustRoots = .pinned(to: [pinned]) }
        ).connect()
        #expect(misnamed.client.recorder.codes == [.certificateRejected])
        let old = try TestAuthority.foreign.issue(
            .init(name: "pinned-old", startDate: "20200101000000Z", endDate: "20210101000000Z"))
        let past = try TLSIdentity(certificateChainFile: old.certificate, privateKeyFile: old.key)
        let expired = try Wire.make(identities: [past], client: { $0.trustRoots = .pinned(to: [past]) }).connect()
        #expect(expired.client.recorder.tlsError?.alert == "certificate_expired")
    }

    /// The client chooses the key, and a chain may have a certificate that nobody needs any more.
    @Test func oneKeyOfEachKindAndASpareCertificateAreTakenByWhoPinsThem() throws {
        let authority = TestAuthority.foreign
        let rsa = try authority.identity(.init(name: "pinned-rsa", isRSA: true))
        let files = try authority.issue(.init(name: "pinned-ec"))
        let spare = try authority.issue(
            .init(name: "pinned-spare", startDate: "20200101000000Z", endDate: "20210101000000Z"))
        let chain =
            try Data(contentsOf: URL(filePath: files.certificate))
            + Data(contentsOf: URL(filePath: spare.certificate))
        let elliptic = try TLSIdentity(
            certificateChainPEM: Array(chain), privateKeyPEM: Array(Data(contentsOf: URL(filePath: files.key))))
        #expect(elliptic.notAfter < elliptic.ownNotAfter && elliptic.ownNotBefore < elliptic.ownNotAfter)
        for identities in [[rsa, elliptic], [elliptic, rsa], [elliptic]] {
            let wire = try Wire.make(
                identities: identities, client: { $0.trustRoots = .pinned(to: identities) }
            ).connect()
            #expect(wire.client.recorder.isHandshakeComplete && wire.client.handler.isPeerVerified)
        }
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

    /// Of the whole chain: the authority's 30 days end before the certificate's decades.
    @Test func theEndIsTheChainsEarliest() throws {
        let authority = try TLSIdentity(
            certificateChainFile: TestAuthority.shared.root.path,
            privateKeyFile: TestAuthority.shared.folder.appendingPathComponent("ca.key").path)
        let wire = try wire(.required(TestAuthority.shared.trust), client: TestIdentities.client)
        #expect(wire.server.handler.peerCertificateNotAfter == authority.notAfter)
        #expect(authority.notAfter < TestIdentities.client.notAfter)
    }

    /// Whether a second connection resumes the session of a first one, which shows a certificate or not.
    private static func resumes(_ version: CInt, showing identity: (certificate: String, key: String)?) throws -> Bool {
        let server = try Contexts.make(server: { $0.clientVerification = .optional(TestAuthority.shared.trust) }).server
        var session: OpaquePointer?
        defer { SSL_SESSION_free(session) }
        for _ in 0..<2 {
            let end = try End(OpenSSLHandler(serverContext: server), loop: EmbeddedEventLoop())
            let client = try RawClient(version: version, resuming: session) { context in
                guard let identity else { return }
                SSL_CTX_use_certificate_chain_file(context, identity.certificate)
                SSL_CTX_use_PrivateKey_file(context, identity.key, SSL_FILETYPE_PEM)
            }
            try client.connect(to: end)
            #expect(end.handler.isPeerVerified == (identity != nil))
            guard session == nil else { return end.handler.wasResumed }
            session = client.session()
            // A session whose connection ends without a goodbye is not resumed (RFC 5246 §7.2.1).
            client.shutDown()
        }
        return false
    }

    /// A ticket would carry the certificate past its end, and past a change of the authorities.
    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func whoShowsACertificateShowsItEachTime(version: CInt) throws {
        let identity = try TestAuthority.shared.issue(.init(name: "ticketless-\(version)"))
        #expect(try !Self.resumes(version, showing: identity))
        #expect(try Self.resumes(version, showing: nil), "who shows none is resumed as ever")
    }
}
