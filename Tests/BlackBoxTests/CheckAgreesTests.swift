// Promise: what `sluice serve` refuses at its start, `sluice check` has said before; and it makes and changes nothing.

import Foundation
import Testing

extension Outside {
    @Suite struct CheckAgreesTests {
        /// Something that is wrong with a file, with the setting that names it.
        struct Fault: Sendable, CustomTestStringConvertible {
            let setting: String
            /// What `check` says it of: a certificate and its key are one thing.
            var subject: String?
            var file = "file"
            var text: String?
            var more: Settings = [:]
            let testDescription: String
        }

        private static let asked: Settings = ["publish.client_certificate": "required"]
        private static let onDisk: Settings = ["log.kind": "sqlite"]

        private static let faults = [
            Fault(setting: "tls.certificate", text: "no certificate", testDescription: "a certificate that is none"),
            Fault(setting: "tls.key", subject: "tls.certificate", testDescription: "a key that is not there"),
            Fault(setting: "auth.keys", text: "{}", testDescription: "a key set without keys"),
            Fault(setting: "tls.client_ca", more: asked, testDescription: "authorities that are not there"),
            Fault(setting: "tls.client_ca", text: "none\n", more: asked, testDescription: "authorities that are none"),
            Fault(
                setting: "tls.client_ca",
                text: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", more: asked,
                testDescription: "authorities that are cut off"),
            Fault(setting: "tls.ticket_keys", text: "short", testDescription: "a secret that is too short"),
            Fault(
                setting: "tls.ticket_keys", text: String(repeating: "long ", count: 1000),
                testDescription: "a secret that is too long"),
            Fault(
                setting: "tls.ticket_keys", file: "nowhere/file", testDescription: "a secret that can't be made"),
            Fault(
                setting: "log.path", text: String(repeating: "no log\n", count: 100), more: onDisk,
                testDescription: "a log that is none"),
            Fault(setting: "log.path", file: "nowhere/file", more: onDisk, testDescription: "a log without a folder"),
        ]

        private static func settings(_ ports: [Int]) async throws -> Settings {
            try await Gateway.standing(Certificates.shared(), ports: ports)
        }

        @Test(arguments: faults) func whatServeRefusesCheckHasSaid(fault: Fault) async throws {
            let workspace = try Workspace()
            if let text = fault.text { try workspace.write(text, to: fault.file) }
            let settings = try await Self.settings(freePorts(2)).overridden(by: fault.more)
                .overridden(by: [fault.setting: workspace.path(fault.file)])
            let file = try workspace.write(settings.yaml, to: "sluice.yaml")
            let check = try Child(Package.program(), ["check", "--config", file], in: workspace)
            #expect(try await check.ended() == 78, "\(check.transcript)")
            #expect(check.output.contains("✗ \(fault.subject ?? fault.setting) "), "\(check.output)")
            let serve = try Child(Package.program(), ["serve", "--config", file], in: workspace)
            #expect(try await serve.ended() == 78, "\(serve.transcript)")
            #expect(serve.errors.contains(fault.setting), "\(serve.errors)")
        }

        @Test func whatServeWouldMakeIsNotMade() async throws {
            let workspace = try Workspace()
            let settings = try await Self.settings(freePorts(2)).overridden(by: [
                "tls.ticket_keys": workspace.path("made/tickets"), "log.kind": "sqlite",
                "log.path": workspace.path("made/events.db"),
                "tls.client_ca": Certificates.shared().authority, "publish.client_certificate": "required",
            ])
            try FileManager.default.createDirectory(
                atPath: workspace.path("made"), withIntermediateDirectories: true)
            let file = try workspace.write(settings.yaml, to: "sluice.yaml")
            let check = try Child(Package.program(), ["check", "--config", file], in: workspace)
            let output = try await check.succeeded()
            #expect(output.contains("✓ tls.ticket_keys ") && output.contains("is made at the start"), "\(output)")
            #expect(output.contains("✓ log.path ") && output.contains("✓ tls.client_ca "), "\(output)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path("made")).isEmpty)
        }
    }
}
