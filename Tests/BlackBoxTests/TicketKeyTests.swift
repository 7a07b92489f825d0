// Promise: with `tls.ticket_keys` clients resume their TLS sessions behind a restart, and at another node.

import Foundation
import Testing

extension Outside {
    @Suite struct TicketKeyTests {
        @Test func sessionsOutliveARestartAndAreKnownToAnotherNode() async throws {
            let workspace = try Workspace()
            let secret = workspace.path("tickets.key")
            let settings: Settings = ["tls.ticket_keys": secret]
            let first = try await Gateway.start(settings)
            let mode = try FileManager.default.attributesOfItem(atPath: secret)[.posixPermissions] as? Int
            #expect(mode == 0o600, "made, and for nobody else")
            let other = try await Gateway.start(settings)
            let clients = try first.startClient(
                "resume.py",
                [
                    "--count", "20", "--next", "\(other.port):\(secret)",
                    "\(first.port):\(workspace.path("restarted"))",
                ])
            let here = { JSONLine.all(in: clients.output).compactMap { $0.text(of: "resumed") } }
            try await eventually("the other node's visits", otherwise: { clients.transcript }) { here().count == 2 }
            try await first.stop()
            let again = try await Gateway.start(settings, ports: [first.port, first.adminPort])
            try workspace.write("", to: "restarted")
            #expect(try await clients.ended(within: .seconds(30)) == 0, "\(clients.transcript)")
            #expect(here().count == 3)
            for line in here().dropFirst() {
                let counts = try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Int])
                #expect(counts.count == 2 && counts.values.allSatisfy { $0 >= 18 }, "of 20 each: \(line)")
            }
            // As the operator sees it.
            try await again.metric("sluice_tls_resumptions_total", reaches: 36)
            try await again.stop()
            try await other.stop()
        }

        /// Like every other secret: Kubernetes mounts them so when nothing else is asked of it.
        @Test func aSecretThatOthersReadIsWarnedOf() async throws {
            let workspace = try Workspace()
            let secret = try workspace.write("with enough bytes of secret, no doubt", to: "tickets.key")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: secret)
            try await Gateway.run(["tls.ticket_keys": secret]) { gateway in
                let lines = gateway.child.errors.split(separator: "\n").filter { $0.contains(secret) }
                let line = try #require(lines.first, "\(gateway.child.transcript)")
                #expect(lines.count == 1 && line.contains("warning") && line.contains("A file is open to others."))
                #expect(line.contains("tls.ticket_keys") && line.contains("can be read by every user"), "\(line)")
            }
        }

        @Test func aSecretThatIsNoneIsRefused() async throws {
            let workspace = try Workspace()
            let secret = try workspace.write("short", to: "tickets.key")
            let certificates = try await Certificates.shared()
            let settings = Gateway.standing(certificates, ports: try freePorts(2))
                .overridden(by: ["tls.ticket_keys": secret])
            let file = try workspace.write(settings.yaml, to: "sluice.yaml")
            let child = try Child(try Package.program(), ["serve", "--config", file], in: workspace)
            #expect(try await child.ended() == 78)
            #expect(child.errors.contains("tls.ticket_keys"), "\(child.transcript)")
        }
    }
}
