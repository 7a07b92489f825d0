// Promise: a certificate's end is noticed: a client's ends its publishing, and the operator hears of the gateway's own.

import Foundation
import Testing

extension Outside {
    @Suite struct CertificateEndTests {
        /// A certificate for `localhost` that ends so many seconds from now.
        static func issue(
            _ seconds: Int, name: String = "short", isRSA: Bool = false, in workspace: Workspace
        ) async throws -> (chain: String, key: String) {
            let certificates = try await Certificates.shared()
            try await Child(
                Package.python(),
                [
                    Package.client("issue_certificate.py"), "--authority", certificates.authority, "--authority-key",
                    certificates.authorityKey, "--folder", workspace.folder.path, "--seconds", "\(seconds)",
                    "--name", name,
                ] + (isRSA ? ["--rsa"] : []), in: workspace
            ).succeeded()
            return (workspace.path("\(name).pem"), workspace.path("\(name).key"))
        }

        @Test func aClientCertificateThatHasEndedPublishesNoMore() async throws {
            let settings: Settings = [
                "tls.client_ca": try await Certificates.shared().authority, "publish.client_certificate": "required",
            ]
            try await Gateway.run(settings) { gateway in
                let token = try await gateway.backendToken()
                let (chain, key) = try await Self.issue(4, in: gateway.workspace)
                let tried = try await gateway.client(
                    "ending_certificate.py", "--token", token, "--certificate", chain, "--key", key)
                try #require(tried.count == 2)
                for line in tried {
                    let version = line.text("version") ?? ""
                    #expect(line.text("first")?.hasPrefix("HTTP/1.1 200") == true, "\(version)")
                    #expect(line.text("behind")?.hasPrefix("HTTP/1.1 403") == true, "\(version)")
                    #expect(line.text("behind")?.contains("client-certificate-expired") == true, "\(version)")
                    #expect(!line.flag("reused") && line.flag("refused"), "\(version)")
                }
            }
        }

        @Test(arguments: [
            (90 * 86_400 + 60, "notice", "Certificate in use."), (13 * 86_400, "warning", "about to expire"),
            (-86_400, "error", "has expired"),
        ])
        func theOperatorIsToldHowLongACertificateLasts(seconds: Int, level: String, words: String) async throws {
            let workspace = try Workspace()
            let (chain, key) = try await Self.issue(seconds, in: workspace)
            try await Gateway.run(["tls.certificate": chain, "tls.key": key]) { gateway in
                let lines = (gateway.child.output + gateway.child.errors).split(separator: "\n")
                let line = try #require(lines.first { $0.contains(words) }, "\(gateway.child.transcript)")
                #expect(line.contains(level) && line.contains(chain), "\(line)")
                let end = try await gateway.metrics().sum(
                    "sluice_tls_certificate_not_after_seconds", where: "certificate=\"\(chain)\"")
                #expect(abs(end - Date.now.timeIntervalSince1970 - Double(seconds)) < 60)
            }
        }
    }
}
