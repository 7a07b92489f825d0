// Promise: NATSClient is let in by each way that a server knows, does TLS as it is told, and tells no secret to a
// server that is not the right one.

import Foundation
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct NATSLoginTests {
        /// A pair that NATS's documentation shows; nobody's.
        private static let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
        private static let publicKey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"

        /// A client that is let in, and one that is not.
        private func check(
            _ server: NATSServer, _ good: Credentials, _ bad: Credentials,
            change: (inout NATSConfiguration) -> Void = { _ in }
        ) async throws {
            let caller = try await NATSCaller.started(server.url) { configuration in
                change(&configuration)
                configuration.credentials = { () throws(NATSError) in good }
            }
            try await caller.client.flush()
            await caller.client.shutdown()
            for credentials in [bad, .none] {
                let stranger = try NATSCaller(server.url) { configuration in
                    change(&configuration)
                    configuration.credentials = { () throws(NATSError) in credentials }
                }
                await expect(.refused) { () async throws(NATSError) in try await stranger.client.start() }
            }
            #expect(!server.log.contains("panic"))
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aUserHasAPassword(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version, "authorization { user: \"u\", password: \"p w\" }")
            try await check(server, .user("u", password: Secret("p w")), .user("u", password: Secret("other")))
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aTokenIsEnough(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version, "authorization { token: \"hush\" }")
            try await check(server, .token(Secret("hush")), .token(Secret("other")))
        }

        @Test(arguments: NATSServer.Version.allCases)
        func anNKeySignsTheNonce(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version, "authorization { users: [{ nkey: \(Self.publicKey) }] }")
            let key = try NKey(seed: Secret(Self.seed))
            try await check(server, .nkey(key), .user("u", password: Secret("p")))
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aCredentialsFileIsEnough(version: NATSServer.Version) async throws {
            let workspace = try Workspace()
            let (configuration, file) = (workspace.path("jwt.conf"), workspace.path("user.creds"))
            try await Child(
                try Package.python(), [Package.client("nats_jwt.py"), configuration, file], in: workspace
            ).succeeded()
            let server = try await NATSServer.start(version, String(contentsOfFile: configuration, encoding: .utf8))
            let credentials = try Credentials(file: [UInt8](Data(contentsOf: URL(fileURLWithPath: file))))
            let strangers = workspace.path("other.creds")
            try await Child(
                try Package.python(), [Package.client("nats_jwt.py"), workspace.path("x"), strangers], in: workspace
            ).succeeded()
            let other = try Credentials(file: [UInt8](Data(contentsOf: URL(fileURLWithPath: strangers))))
            try await check(server, credentials, other)
        }

        // MARK: TLS

        private func tls(_ certificates: Certificates, _ more: String = "") -> String {
            """
            tls {
              cert_file: "\(certificates.chain)"
              key_file: "\(certificates.key)"
              ca_file: "\(certificates.authority)"
              timeout: 5
              \(more)
            }
            """
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aServerThatAsksForTLSGetsIt(version: NATSServer.Version) async throws {
            let certificates = try await Certificates.shared()
            let server = try await NATSServer.start(
                version, tls(certificates) + "\nauthorization { token: \"hush\" }")
            let files = TLSFiles(authorities: certificates.authority)
            try await check(server, .token(Secret("hush")), .token(Secret("other"))) { $0.tls = files }
            let caller = try await NATSCaller.started("tls://localhost:\(server.port)") { configuration in
                configuration.tls = files
                configuration.credentials = { () throws(NATSError) in .token(Secret("hush")) }
            }
            try await caller.publish(String(repeating: "x", count: 500_000), to: "a")
            #expect(caller.isSecure && caller.connections == 1)
            await caller.client.shutdown()
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aCertificateOfAnotherAuthorityIsRefused(version: NATSServer.Version) async throws {
            let certificates = try await Certificates.shared()
            let server = try await NATSServer.start(version, tls(certificates))
            let stranger = try NATSCaller(server.url)
            await expect(.tls) { () async throws(NATSError) in try await stranger.client.start() }
        }

        /// Whoever is on the way could say that the server does no TLS.
        @Test(arguments: NATSServer.Version.allCases)
        func aURLThatAsksForTLSGetsNothingElse(version: NATSServer.Version) async throws {
            let server = try await NATSServer.start(version)
            let caller = try NATSCaller("tls://127.0.0.1:\(server.port)")
            await expect(.tls) { () async throws(NATSError) in try await caller.client.start() }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func aServerThatWantsACertificateGetsOne(version: NATSServer.Version) async throws {
            let certificates = try await Certificates.shared()
            let server = try await NATSServer.start(version, tls(certificates, "verify: true"))
            var files = TLSFiles(authorities: certificates.authority)
            let stranger = try NATSCaller(server.url) { $0.tls = files }
            do {
                try await stranger.client.start()
                Issue.record("it is let in")
            } catch {
                // In TLS 1.3 the client's handshake is done before the server has looked at its certificate.
                #expect([.tls, .network].contains(error.code), "\(error)")
            }
            (files.certificate, files.key) = (certificates.clientChain, certificates.clientKey)
            let caller = try await NATSCaller.started(server.url) { $0.tls = files }
            try await caller.client.flush()
            #expect(caller.isSecure)
            await caller.client.shutdown()
        }

        /// Since 2.10.4.
        @Test func tlsMayComeFirst() async throws {
            let certificates = try await Certificates.shared()
            let server = try await NATSServer.start(.current, tls(certificates, "handshake_first: true"))
            let caller = try await NATSCaller.started(server.url) { configuration in
                configuration.tls = TLSFiles(authorities: certificates.authority)
                configuration.connection.isTLSFirst = true
            }
            try await caller.client.flush()
            #expect(caller.isSecure)
            await caller.client.shutdown()
            let late = try NATSCaller(server.url) { configuration in
                configuration.tls = TLSFiles(authorities: certificates.authority)
                configuration.connection.loginTime = .seconds(2)
            }
            await expect(.timeout) { () async throws(NATSError) in try await late.client.start() }
        }
    }
}
