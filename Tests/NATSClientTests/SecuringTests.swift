// TLS with a server in memory: both ends' handlers are the real ones, and no socket is between them.

import Foundation
import NIOCore
import NIOEmbedded
import NIOOpenSSL
import OpenSSLCommand
import Testing

@testable import NATSClient

@Suite struct SecuringTests {
    /// A certificate that vouches for itself, for the server `a`. No key is in the tree.
    private final class TestCertificate {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nats-client-\(UUID().uuidString)")
        var certificate: String { folder.appendingPathComponent("cert.pem").path }
        private var key: String { folder.appendingPathComponent("cert.key").path }

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try OpenSSLCommand.run([
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a",
                "-days",
                "2", "-addext", "subjectAltName=DNS:a", "-keyout", key, "-out", certificate,
            ])
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func context() throws -> TLSContext {
            try TLSContext(
                server: TLSServerConfiguration(
                    identities: [try TLSIdentity(certificateChainFile: certificate, privateKeyFile: key)]))
        }
    }

    /// The server's end of the newest connection.
    private struct SecureEnd {
        let server: ScriptedServer
        let own: EmbeddedChannel

        init(_ server: ScriptedServer, _ certificate: TestCertificate) throws {
            self.server = server
            own = EmbeddedChannel(loop: server.loop)
            try own.pipeline.syncOperations.addHandler(OpenSSLHandler(serverContext: certificate.context()))
            try own.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 4222)).wait()
        }

        /// Carries bytes until nobody has any.
        func carry() throws {
            let client = try server.channel()
            var hasMoved = true
            while hasMoved {
                hasMoved = false
                server.loop.run()
                while let bytes = try client.readOutbound(as: ByteBuffer.self) {
                    if own.isActive { try own.writeInbound(bytes) }
                    hasMoved = true
                }
                while let bytes = try own.readOutbound(as: ByteBuffer.self) {
                    if client.isActive { try client.writeInbound(bytes) }
                    hasMoved = true
                }
            }
        }

        func say(_ text: String) throws {
            own.writeAndFlush(ByteBuffer(string: text), promise: nil)
            try carry()
        }

        /// What the client has said under TLS.
        func heard() throws -> String {
            var text = ""
            while let bytes = try own.readInbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
            return text
        }
    }

    private static let info = "INFO {\"headers\":true,\"tls_required\":true}\r\n"

    private func start(
        _ files: TLSFiles, isFirst: Bool = false
    ) throws -> (server: ScriptedServer, started: Outcome<Void>) {
        let server = try ScriptedServer { configuration in
            configuration.tls = files
            configuration.connection.isTLSFirst = isFirst
            configuration.credentials = { () throws(NATSError) in .token(Secret("hush")) }
        }
        let promise = server.loop.makePromise(of: Void.self)
        let started = Outcome(promise.futureResult)
        server.core.start(promise)
        server.loop.run()
        return (server, started)
    }

    @Test func theTokenIsSaidUnderTLSOnly() throws {
        let certificate = try TestCertificate()
        let (server, started) = try start(TLSFiles(authorities: certificate.certificate))
        #expect(try server.sent() == "")
        try server.say(Self.info)
        let end = try SecureEnd(server, certificate)
        try end.carry()
        let login = try end.heard()
        #expect(login.contains("\"auth_token\":\"hush\"") && login.contains("\"tls_required\":true"))
        try end.say("PONG\r\n")
        #expect(started.isSuccess)
        #expect(server.events == [.connected(try ServerAddress("a"), id: "", isSecure: true)])
        #expect(try end.heard().utf8.starts(with: "SUB _INBOX.".utf8))
    }

    @Test func tlsMayComeFirst() throws {
        let certificate = try TestCertificate()
        let (server, started) = try start(TLSFiles(authorities: certificate.certificate), isFirst: true)
        let end = try SecureEnd(server, certificate)
        try end.carry()
        #expect(try end.heard() == "")
        try end.say(Self.info)
        #expect(try end.heard().contains("\"auth_token\":\"hush\""))
        try end.say("PONG\r\n")
        #expect(started.isSuccess)
    }

    @Test func aCertificateOfAnotherAuthorityIsToldNothing() throws {
        let (certificate, other) = (try TestCertificate(), try TestCertificate())
        let (server, started) = try start(TLSFiles(authorities: other.certificate))
        try server.say(Self.info)
        let end = try SecureEnd(server, certificate)
        // The refusal is the server's error, too.
        try? end.carry()
        #expect((try? end.heard()) ?? "" == "")
        #expect(started.code == .tls)
    }

    @Test func aFileThatIsNotThereIsAFailedAttempt() throws {
        let (server, started) = try start(TLSFiles(authorities: "/nowhere/ca.pem"))
        try server.say(Self.info)
        #expect(started.code == .tls)
        guard case .attemptFailed(_, let error)? = server.events.last else { return }
        #expect(error.message.contains("/nowhere/ca.pem"))
    }
}
