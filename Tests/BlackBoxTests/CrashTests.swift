// Promise: what a publisher was answered 2xx reaches each of its readers exactly once, in order, although the gateway
// is killed over and over (kill -9), when its log is a file or on NATS.

import Foundation
import Testing

extension Outside {
    @Suite struct CrashTests {
        /// `SLUICE_KILLS=100 swift test --filter CrashTests` (or `make crash`) is the long form.
        private static let kills = ProcessInfo.processInfo.environment["SLUICE_KILLS"].flatMap(Int.init) ?? 8
        private static let seed = ProcessInfo.processInfo.environment["SLUICE_SEED"].map { ["--seed", $0] } ?? []

        @Test(.timeLimit(.minutes(20))) func nothingIsLostAndNothingComesTwice() async throws {
            let workspace = try Workspace()
            try await Self.run([
                "log.kind": "sqlite", "log.path": workspace.path("events.db"), "log.durability": "full",
            ])
        }

        @Test(.timeLimit(.minutes(20)), arguments: NATSServer.Version.allCases)
        func norOnNATS(version: NATSServer.Version) async throws {
            let nats = try await NATSCluster.start(1, version, syncsAlways: version == .current)
            try await Self.run(nats.settings)
        }

        private static func run(_ log: Settings) async throws {
            let workspace = try Workspace()
            let certificates = try await Certificates.shared()
            let ports = try freePorts(2)
            let file = try workspace.write(
                Gateway.standing(certificates, ports: ports).overridden(by: log)
                    .overridden(by: ["logging.level": "warning"]).yaml, to: "sluice.yaml")
            let child = try Child(
                Package.python(),
                [
                    Package.client("crash.py"), "--port", "\(ports[0])", "--admin-port", "\(ports[1])",
                    "--ca", certificates.authority, "--keys", certificates.tokenKeys, "--program",
                    Package.program(), "--config", file, "--kills", "\(Self.kills)",
                ] + Self.seed, environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
            let output = try await child.succeeded(within: .seconds(1100))
            let figures = try #require(JSONLine.all(in: output).last, "\(child.transcript)")
            #expect(figures.number("wrongUsers") == 0, "\(output)")
            #expect(figures.number("gaps") == 0, "\(output)")
            #expect(figures.number("published") == figures.number("received"), "\(output)")
            #expect(try #require(figures.number("reconnects")) >= Double(Self.kills), "\(output)")
            #expect(figures.number("exit") == 0, "\(output)")
            print("crash test: \(output)")
        }
    }
}
