// Promise: `sluice check` beside the running gateway knows it, and looks at what the next one would start with.

import Foundation
import Testing

extension Outside {
    @Suite struct CheckBesideTests {
        @Test func theRunningGatewaysPortsAndLogAreInOrder() async throws {
            let log = try Workspace().path("events.db")
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: log).deletingLastPathComponent().path, withIntermediateDirectories: true)
            let settings: Settings = ["log.kind": "sqlite", "log.path": log]
            try await Gateway.run(settings) { gateway in
                let certificates = gateway.certificates
                let all: Settings = [
                    "tls.certificate": certificates.chain, "tls.key": certificates.key,
                    "auth.keys": certificates.tokenKeys,
                    "listen.address": "127.0.0.1", "listen.port": "\(gateway.port)",
                    "admin.port": "\(gateway.adminPort)",
                ]
                let file = try gateway.workspace.write(all.overridden(by: settings).yaml, to: "next.yaml")
                let check = try Child(Package.program(), ["check", "--config", file], in: gateway.workspace)
                let output = try await check.succeeded()
                let known = "is in use by a running gateway (process \(gateway.child.process))"
                for line in [
                    "✓ listen.port 127.0.0.1:\(gateway.port): ", "✓ admin.port 127.0.0.1:\(gateway.adminPort): ",
                ] {
                    #expect(output.contains(line + known), "\(output)")
                }
                #expect(output.contains("✓ log.path \(log): \(known)"), "\(output)")

                let wrong = try gateway.workspace.write(
                    all.overridden(by: ["auth.keys": "missing.json"]).yaml, to: "wrong.yaml")
                let vetted = try Child(
                    Package.program(), ["check", "--json", "--config", wrong], in: gateway.workspace)
                #expect(try await vetted.ended() == 78)
                #expect(
                    vetted.output.contains(#""outcome":"wrong","subject":"auth.keys missing.json""#), "\(vetted.output)"
                )
                #expect(vetted.output.contains(known))
            }
        }

        @Test func anotherProgramOnThePortIsNamed() async throws {
            let (workspace, certificates, held, ports) = try await (
                Workspace(), Certificates.shared(), HeldPort(), freePorts(1)
            )
            let all: Settings = [
                "tls.certificate": certificates.chain, "tls.key": certificates.key, "auth.keys": certificates.tokenKeys,
                "listen.address": "127.0.0.1", "listen.port": "\(held.number)", "admin.port": "\(ports[0])",
            ]
            let file = try workspace.write(all.yaml, to: "next.yaml")
            let check = try Child(Package.program(), ["check", "--config", file], in: workspace)
            #expect(try await check.ended() == 1)
            let process = "(process \(ProcessInfo.processInfo.processIdentifier))"
            #expect(check.output.contains("✗ listen.port 127.0.0.1:\(held.number): is in use by "), "\(check.output)")
            #expect(check.output.contains(process), "\(check.output)")
            let serve = try Child(Package.program(), ["serve", "--config", file], in: workspace)
            #expect(try await serve.ended() == 1)
            #expect(serve.errors.contains(process), "\(serve.errors)")
        }

        @Test func secretsThatEveryoneReadsAreToldAtTheStart() async throws {
            let (workspace, certificates, held) = try await (Workspace(), Certificates.shared(), HeldPort())
            let keys = try workspace.write(
                try String(contentsOfFile: certificates.tokenKeys, encoding: .utf8), to: "open.json")
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keys)
            let all: Settings = [
                "tls.certificate": certificates.chain, "tls.key": certificates.key, "auth.keys": keys,
                "listen.address": "127.0.0.1", "listen.port": "\(held.number)", "admin.port": "0",
            ]
            let file = try workspace.write(all.yaml, to: "sluice.yaml")
            let words = "can be read by every user of this machine; chmod 640 it"
            let serve = try Child(Package.program(), ["serve", "--config", file], in: workspace)
            _ = try await serve.ended()
            #expect(serve.errors.contains(words) && serve.errors.contains("auth.keys"), "\(serve.errors)")
            let check = try Child(Package.program(), ["check", "--config", file], in: workspace)
            _ = try await check.ended()
            #expect(check.output.contains("! auth.keys \(keys): \(words)"), "\(check.output)")
        }
    }
}
