// Promise: where /proc shows a user nobody else's processes (`hidepid=2`), `sluice check` still knows the gateway of
// its own user, and of another user's it says that it can't see who that is, and what to do.

import Foundation
import Testing

extension Outside {
    @Suite struct CheckUnseenTests {
        /// A user without rights.
        private static let asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        /// A /proc of its own, for one command (proc(5)).
        private static let withHiddenProcesses = [
            "unshare", "--mount", "sh", "-c", "mount -t proc -o hidepid=2 proc /proc && exec \"$@\"", "sh",
        ]

        /// Runs a test with a gateway's configuration and files, all of which everybody may read.
        private static func run(
            _ test: (_ workspace: Workspace, _ file: String, _ ports: [Int]) async throws -> Void
        ) async throws {
            let (workspace, certificates, ports) = try await (Workspace(), Certificates.shared(), freePorts(2))
            let files = FileManager.default
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: workspace.folder.path)
            var settings = Gateway.standing(certificates, ports: ports)
            for key in ["tls.certificate", "tls.key", "auth.keys"] {
                let copy = workspace.path(key)
                try files.copyItem(atPath: try #require(settings[key]), toPath: copy)
                try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: copy)
                settings[key] = copy
            }
            // Nobody may be kept from the folder that it was built in.
            try files.copyItem(atPath: try Package.program(), toPath: workspace.path("sluice"))
            let folder = workspace.path("log")
            try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try files.setAttributes([.ownerAccountID: 65534], ofItemAtPath: folder)
            let log: Settings = ["log.kind": "sqlite", "log.path": folder + "/events.db"]
            let file = try workspace.write(settings.overridden(by: log).yaml, to: "sluice.yaml")
            try await test(workspace, file, ports)
        }

        private static func start(
            _ command: [String], _ name: String, _ file: String, in workspace: Workspace
        ) throws -> Child {
            let line = command + [workspace.path("sluice"), name, "--config", file]
            return try Child(line[0], Array(line.dropFirst()), in: workspace)
        }

        private static func isServing(_ gateway: Child) async throws {
            try await eventually("both listeners", otherwise: { gateway.transcript }) {
                gateway.errors.components(separatedBy: "Listening.").count == 3
            }
        }

        @Test func theGatewayOfTheSameUserIsKnown() async throws {
            try await Self.run { workspace, file, ports in
                let gateway = try Self.start(Self.asNobody, "serve", file, in: workspace)
                try await Self.isServing(gateway)
                let check = try Self.start(Self.withHiddenProcesses + Self.asNobody, "check", file, in: workspace)
                let output = try await check.succeeded()
                let known = "is in use by a running gateway (process \(gateway.process))"
                for subject in ["listen.port 127.0.0.1:\(ports[0])", "admin.port 127.0.0.1:\(ports[1])", "log.path "] {
                    #expect(output.contains("✓ \(subject)"), "\(output)")
                }
                #expect(output.components(separatedBy: known).count == 4, "\(output)")
                gateway.send(SIGTERM)
                let code = try await gateway.ended()
                #expect(code == 0, "\(gateway.transcript)")
            }
        }

        @Test func theGatewayOfAnotherUserIsNotTakenForNobody() async throws {
            try await Self.run { workspace, file, ports in
                let gateway = try Self.start([], "serve", file, in: workspace)
                try await Self.isServing(gateway)
                // Whose log it is does not matter here: who may write it may not see who has it.
                for suffix in ["", "-lock"] {
                    let path = workspace.path("log/events.db" + suffix)
                    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
                }
                let check = try Self.start(Self.withHiddenProcesses + Self.asNobody, "check", file, in: workspace)
                let code = try await check.ended()
                #expect(code == 1, "\(check.transcript)")
                for (key, port) in zip(["listen.port", "admin.port"], ports) {
                    let words = "✗ \(key) 127.0.0.1:\(port): is in use by a program that this user can't see"
                    #expect(check.output.contains(words), "\(check.output)")
                }
                #expect(check.output.contains("✗ log.path ") && check.output.contains("in use by another Sluice"))
                gateway.send(SIGTERM)
                _ = try await gateway.ended()
            }
        }
    }
}
