// Promise: whatever happens to the log's files and their disk while a gateway runs or between two starts, no event that
// a publisher was answered 2xx for is missed in silence: each stream has it, or is told of the gap where it would have
// been.

import Foundation
import Testing

extension Outside {
    @Suite struct LogFaultTests {
        /// `SLUICE_LOG_FAULTS=100 swift test --filter LogFaultTests` (or `make log-faults`) is the long form; without
        /// it each situation comes once. `SLUICE_SEED` repeats a run.
        private static let environment = ProcessInfo.processInfo.environment
        private static let runs = environment["SLUICE_LOG_FAULTS"].map { ["--runs", $0] } ?? []
        private static let seed = environment["SLUICE_SEED"].map { ["--seed", $0] } ?? []

        @Test(.timeLimit(.minutes(30))) func nothingAcknowledgedIsMissedInSilence() async throws {
            let workspace = try Workspace()
            let certificates = try await Certificates.shared()
            let ports = try freePorts(2)
            let file = try workspace.write(
                Gateway.standing(certificates, ports: ports).overridden(by: [
                    "log.kind": "sqlite", "log.path": workspace.path("log/events.db"), "log.durability": "normal",
                    "logging.level": "warning", "shutdown.drain": "100ms",
                ]).yaml, to: "sluice.yaml")
            let child = try Child(
                Package.python(),
                [
                    Package.client("log_faults.py"), "--port", "\(ports[0])", "--admin-port", "\(ports[1])",
                    "--ca", certificates.authority, "--keys", certificates.tokenKeys, "--program",
                    Package.program(), "--config", file, "--folder", workspace.folder.path,
                ] + Self.runs + Self.seed, environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
            let output = try await child.succeeded(within: .seconds(1700))
            let figures = try #require(JSONLine.all(in: output).last, "\(child.transcript)")
            #expect(figures.number("violations") == 0, "\(output)")
            #expect(try #require(figures.number("acknowledged")) > 0, "\(output)")
            #expect(try #require(figures.number("refused")) > 0, "\(output)")
            #expect(try #require(figures.number("gaps")) > 0, "\(output)")
            print("log faults: \(output)")
        }

        // MARK: What the operator sees

        @Test func aFileThatIsMovedAwayIsALineAMetricAndARedProbeUntilItIsBack() async throws {
            let workspace = try Workspace()
            let path = workspace.path("events.db")
            let gateway = try await Gateway.start(["log.kind": "sqlite", "log.path": path])
            let backend = try await gateway.backendToken()
            let event = #"{"to":{"user":"alice"},"data":"1"}"#
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            let answer = try await gateway.publish(event, token: backend)
            #expect(answer.status == 503)
            #expect(answer.body.contains("log-moved") && !answer.body.contains(workspace.folder.path), "\(answer.body)")
            let probe = try await gateway.admin("/readyz?for=publish")
            #expect(probe.status == 503 && probe.body == "not ready: log-moved\n")
            #expect(try await gateway.admin("/readyz?for=streams").status == 200)
            let metrics = try await gateway.metrics()
            #expect(metrics.sum("sluice_log_available") == 0)
            #expect(metrics.sum("sluice_log_failures_total", where: "log-moved") == 1)

            try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            try await eventually("a green probe without a restart", otherwise: { gateway.child.transcript }) {
                try await gateway.admin("/readyz").status == 200
            }
            #expect(try await gateway.publish(event, token: backend).status == 200)
            try await gateway.stop()
            let lines = gateway.child.errors.split(separator: "\n")
            #expect(lines.count { $0.contains(" error ") && $0.contains("takes no events") && $0.contains(path) } == 1)
            #expect(lines.count { $0.contains(" warning ") && $0.contains("takes events again") } == 1, "\(lines)")
        }
    }
}
