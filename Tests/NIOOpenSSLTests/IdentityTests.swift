// Reading certificates and keys: what is taken, what is refused, and whether the refusal says what to do.

import Foundation
import OpenSSLCommand
import Testing

@testable import NIOOpenSSL

@Suite struct IdentityTests {
    private func files() throws -> (certificate: String, key: String) {
        try TestAuthority.shared.issue(.init(name: "identity-\(UUID().uuidString)"))
    }

    private func refusal(chain: String, key: String) -> TLSError? {
        do throws(TLSError) {
            _ = try TLSIdentity(certificateChainFile: chain, privateKeyFile: key)
            return nil
        } catch {
            return error
        }
    }

    private func temporary(_ text: String) throws -> String {
        let path = TestAuthority.shared.folder.appendingPathComponent(UUID().uuidString + ".pem").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func factsAreRead() throws {
        let identity = try TestAuthority.shared.identity(
            .init(name: "facts", subjectAlternativeNames: "DNS:a.test,DNS:*.b.test,IP:10.0.0.1,IP:::1"))
        #expect(identity.subject == "CN=facts")
        #expect(identity.hostNames == ["a.test", "*.b.test", "10.0.0.1", "0:0:0:0:0:0:0:1"])
        // 2024-01-01 and 2099-01-01, 00:00:00 UTC.
        #expect(identity.notBefore == 1_704_067_200)
        #expect(identity.notAfter == 4_070_908_800)
    }

    @Test func theChainsEarliestEndCounts() throws {
        let files = try files()
        let chain = try String(contentsOfFile: files.certificate, encoding: .utf8)
        let root = try String(contentsOf: TestAuthority.shared.root, encoding: .utf8)
        let identity = try TLSIdentity(certificateChainFile: temporary(chain + root), privateKeyFile: files.key)
        #expect(identity.notAfter < 4_070_908_800)
    }

    @Test func bothMayLieInOneText() throws {
        let files = try files()
        let text = try [files.key, files.certificate].map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        let identity = try TLSIdentity(certificateChainPEM: Array(text.utf8), privateKeyPEM: Array(text.utf8))
        #expect(identity.hostNames == ["localhost", "127.0.0.1"])
    }

    @Test func aMissingFileIsNamed() throws {
        let error = try #require(refusal(chain: "/nowhere/server.pem", key: "/nowhere/server.key"))
        #expect(error.code == .fileUnreadable)
        #expect(error.responsible == .configuration)
        #expect(error.message.contains("/nowhere/server.pem"))
        #expect(error.message.contains("No such file"))
    }

    @Test func aFolderIsNoFile() throws {
        #expect(refusal(chain: "/tmp", key: "/tmp")?.code == .fileUnreadable)
    }

    @Test func aKeyOfAnotherCertificateIsRefused() throws {
        let (one, other) = try (files(), files())
        let error = try #require(refusal(chain: one.certificate, key: other.key))
        #expect(error.code == .keyMismatch)
        #expect(error.message.contains(one.certificate))
        #expect(error.message.contains(other.key))
    }

    @Test func anEncryptedKeyIsToldApart() throws {
        let files = try files()
        let encrypted = files.key + ".encrypted"
        try OpenSSLCommand.run(["pkey", "-in", files.key, "-aes256", "-passout", "pass:secret", "-out", encrypted])
        let error = try #require(refusal(chain: files.certificate, key: encrypted))
        #expect(error.code == .keyEncrypted)
        #expect(error.message.contains(encrypted))
        #expect(error.message.contains("openssl pkey"))
    }

    @Test func aFileWithoutACertificateIsRefused() throws {
        let files = try files()
        let error = try #require(refusal(chain: files.key, key: files.key))
        #expect(error.code == .certificateInvalid)
        #expect(error.message.contains("BEGIN CERTIFICATE"))
    }

    @Test func aFileWithoutAKeyIsRefused() throws {
        let files = try files()
        let error = try #require(refusal(chain: files.certificate, key: files.certificate))
        #expect(error.code == .keyInvalid)
        #expect(error.message.contains("no private key"))
    }

    @Test(arguments: ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func garbageIsRefused(text: String) throws {
        let files = try files()
        #expect(refusal(chain: try temporary(text), key: files.key)?.code == .certificateInvalid)
        let key = text.replacing("CERTIFICATE", with: "PRIVATE KEY")
        #expect(refusal(chain: files.certificate, key: try temporary(key))?.code == .keyInvalid)
    }

    @Test func aMalformedCertificateBehindAGoodOneIsRefused() throws {
        let files = try files()
        let good = try String(contentsOfFile: files.certificate, encoding: .utf8)
        let bad = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        let error = try #require(refusal(chain: try temporary(good + bad), key: files.key))
        #expect(error.code == .certificateInvalid)
        #expect(error.message.contains("certificate 2"))
    }

    @Test func aWeakKeyIsRefusedByTheContext() throws {
        let folder = TestAuthority.shared.folder
        let (key, certificate) = (
            folder.appendingPathComponent("weak.key").path, folder.appendingPathComponent("weak.pem").path
        )
        try OpenSSLCommand.run(["genrsa", "-out", key, "1024"])
        try OpenSSLCommand.run(["req", "-x509", "-new", "-key", key, "-subj", "/CN=weak", "-out", certificate])
        let identity = try TLSIdentity(certificateChainFile: certificate, privateKeyFile: key)
        #expect {
            try TLSContext(server: TLSServerConfiguration(identities: [TestIdentities.elliptic, identity]))
        } throws: { error in
            guard let error = error as? TLSError else { return false }
            return error.code == .certificateInvalid && error.message.contains("CN=weak")
        }
    }
}

@Suite struct ContextTests {
    @Test func aServerNeedsAnIdentity() {
        #expect {
            try TLSContext(server: TLSServerConfiguration(identities: []))
        } throws: { ($0 as? TLSError)?.code == .settingRefused }
    }

    @Test func aMissingTrustFileIsNamed() {
        #expect {
            try Contexts.make(client: { $0.trustRoots = .file("/nowhere/ca.pem") })
        } throws: { error in
            guard let error = error as? TLSError else { return false }
            return error.code == .fileUnreadable && error.message.contains("/nowhere/ca.pem")
        }
    }

    @Test func aTrustFileWithoutCertificatesIsRefused() {
        #expect {
            try Contexts.make(client: { $0.trustRoots = .pem(Array("none".utf8)) })
        } throws: { ($0 as? TLSError)?.code == .trustInvalid }
    }

    @Test func anErrorReadsAsASentence() {
        let error = TLSError(code: .nothingShared, message: "no cipher", alert: "handshake_failure")
        #expect("\(error)" == "nothing-shared: no cipher (the peer must act, alert handshake_failure)")
    }
}
