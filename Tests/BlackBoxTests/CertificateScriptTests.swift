// Promise: `make certs` makes what a developer needs, keeps it safe, and overwrites nothing.

import Foundation
import Testing

extension Outside {
    @Suite struct CertificateScriptTests {
        private static func make(_ workspace: Workspace, _ arguments: String...) throws -> Child {
            let standing = ["--dir", workspace.path("made")]
            return try Child(Package.path("certs/make-certs.sh"), standing + arguments, in: workspace)
        }

        @Test func privateFilesAreTheOwnersOnly() async throws {
            let workspace = try Workspace()
            try await Self.make(workspace).succeeded()
            for (name, mode) in [("ca.key", 0o600), ("server.key", 0o600), ("keys.json", 0o600), ("ca.pem", 0o644)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: workspace.path("made/" + name))
                #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: workspace.path("made"))
            #expect(names.sorted() == ["ca.key", "ca.pem", "keys.json", "server.key", "server.pem"])
        }

        @Test func theCertificateNamesThisMachineAndIsSignedByTheAuthority() async throws {
            let workspace = try Workspace()
            try await Self.make(workspace).succeeded()
            let leaf = workspace.path("made/server.pem")
            for name in [["-verify_hostname", "localhost"], ["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"]] {
                let arguments = ["verify", "-x509_strict", "-CAfile", workspace.path("made/ca.pem")] + name + [leaf]
                try await Child("openssl", arguments, in: workspace).succeeded()
            }
        }

        @Test func aSecondRunChangesNothing() async throws {
            let workspace = try Workspace()
            try await Self.make(workspace).succeeded()
            let before = try String(contentsOfFile: workspace.path("made/server.pem"), encoding: .utf8)
            let again = try await Self.make(workspace).succeeded()
            #expect(again.contains("stays as it is"))
            #expect(try String(contentsOfFile: workspace.path("made/server.pem"), encoding: .utf8) == before)
        }

        @Test func anExpiredCertificateIsNamedWithTheRemedy() async throws {
            let workspace = try Workspace()
            _ = try await Self.make(workspace, "--days", "0").ended()
            let again = try await eventually("an expired certificate") {
                let again = try Self.make(workspace)
                return try await again.ended() == 0 ? nil : again
            }
            #expect(again.errors.contains("make certs-renew"))
            try await Self.make(workspace, "--renew").succeeded()
            try await Self.make(workspace).succeeded()
        }

        @Test func renewingKeepsTheAuthorityAndTheTokenKeys() async throws {
            let workspace = try Workspace()
            try await Self.make(workspace).succeeded()
            let kept = ["ca.pem", "ca.key", "keys.json"].map { workspace.path("made/" + $0) }
            let before = try kept.map { try String(contentsOfFile: $0, encoding: .utf8) }
            try await Self.make(workspace, "--renew", "--names", "example.org,10.0.0.1").succeeded()
            #expect(try kept.map { try String(contentsOfFile: $0, encoding: .utf8) } == before)
            let arguments = [
                "verify", "-CAfile", kept[0], "-verify_hostname", "example.org", workspace.path("made/server.pem"),
            ]
            try await Child("openssl", arguments, in: workspace).succeeded()
        }

        @Test func halfAPairIsNotCompleted() async throws {
            let workspace = try Workspace()
            try await Self.make(workspace).succeeded()
            try FileManager.default.removeItem(atPath: workspace.path("made/server.key"))
            let child = try Self.make(workspace)
            #expect(try await child.ended() == 1)
            #expect(child.errors.contains("server.key"))
        }
    }
}
