// Promise: an operator backs up, verifies, counts, restores and shrinks the log's file by commands that say what they
// did and what is wrong; a backup of a running gateway loses nothing, and holds its publishers up for a moment only.

import Foundation
import Testing

extension Outside {
    @Suite struct LogCommandTests {
        private static func event(_ data: String) -> String { #"{"to":{"user":"alice"},"data":"\#(data)"}"# }

        private static func settings(_ workspace: Workspace, _ more: Settings = [:]) -> Settings {
            let log: Settings = ["log.kind": "sqlite", "log.path": workspace.path("events.db")]
            return log.overridden(by: more)
        }

        /// Runs `sluice log …` with the configuration of a gateway, to its end.
        private static func log(
            _ arguments: String..., of gateway: Gateway
        ) async throws -> (code: Int32, output: String, errors: String) {
            let file = gateway.workspace.path("sluice.yaml")
            let child = try Child(
                Package.program(), ["log"] + arguments + ["--config", file], in: gateway.workspace)
            return (try await child.ended(), child.output, child.errors)
        }

        private static func fill(_ gateway: Gateway, _ numbers: ClosedRange<Int>, _ token: String) async throws {
            let lines = numbers.map { event("\($0)") + "\n" }.joined()
            let batch = try gateway.workspace.write(lines, to: "batch")
            #expect(try await gateway.publish("@" + batch, token: token, type: "application/x-ndjson").status == 200)
        }

        // MARK: Beside a running gateway

        @Test func aBackupIsRestoredAndTheStreamIsToldOfTheGap() async throws {
            let workspace = try Workspace()
            let first = try await Gateway.start(Self.settings(workspace))
            let (backend, alice) = try await (first.backendToken(), first.token("alice"))
            let stream = try await first.open(alice)
            try await Self.fill(first, 1...3, backend)
            let backup = workspace.path("backup.db")
            let made = try await Self.log("backup", backup, of: first)
            #expect(made.code == 0 && made.output.hasPrefix("backed up 3 events (up to 3, "), "\(made)")
            let again = try await Self.log("backup", backup, of: first)
            #expect(again.code == 78 && again.errors.contains("is there already"), "\(again)")
            try await Self.fill(first, 4...5, backend)
            let id = try #require(try await stream.events(5).last?.id)
            for command in [["restore", backup], ["vacuum"]] {
                let child = try Child(
                    Package.program(), ["log"] + command + ["--config", first.workspace.path("sluice.yaml")],
                    in: workspace)
                #expect(try await child.ended() == 1, "\(child.transcript)")
                #expect(child.errors.contains("is in use by a running gateway (process "), "\(child.errors)")
            }
            try await first.stop()

            let restored = try await Self.log("restore", backup, of: first)
            #expect(restored.code == 0, "\(restored)")
            for words in ["restored 3 events", "the file of before is", "begins a new epoch"] {
                #expect(restored.output.contains(words), "\(restored.output)")
            }
            let second = try await Gateway.start(Self.settings(workspace), ports: [first.port, first.adminPort])
            let resumed = try await second.open(alice, "--header", "Last-Event-ID: \(id)")
            try await Self.fill(second, 6...6, backend)
            let seen = try await resumed.events(2)
            #expect(seen.map { $0.event ?? $0.data } == ["sluice.gap", "6"], "\(seen)")
            #expect(seen[0].data?.contains(#""reason":"epoch""#) == true, "\(seen)")
            try await second.stop()
        }

        @Test func whatIsInTheLogIsCountedAndVerified() async throws {
            let workspace = try Workspace()
            let gateway = try await Gateway.start(Self.settings(workspace))
            try await Self.fill(gateway, 1...3, gateway.backendToken())
            let stats = try await Self.log("stats", "--json", of: gateway)
            let figures = try #require(JSONLine.all(in: stats.output).first, "\(stats)")
            #expect(figures.number("events") == 3 && figures.number("last") == 3 && figures.text("kind") == "sqlite")
            #expect(figures.number("in_use_by") != nil, "\(stats.output)")
            let text = try await Self.log("stats", of: gateway)
            #expect(text.code == 0 && text.output.contains("events for user"), "\(text)")
            let whole = try await Self.log("verify", of: gateway)
            #expect(whole.code == 0 && whole.output.contains("✓ events: 3, from 1 to 3 without a hole"), "\(whole)")
            try await gateway.stop()

            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: workspace.path("events.db")))
            try handle.seek(toOffset: 4096)
            try handle.write(contentsOf: Data(repeating: 0xaa, count: 8192))
            try handle.close()
            let damaged = try await Self.log("verify", of: gateway)
            #expect(damaged.code == 78 && damaged.output.contains("✗ structure: "), "\(damaged)")
            #expect(damaged.output.contains("`sluice log restore`"), "what to do: \(damaged.output)")
        }

        @Test func aVacuumSaysWhatItGaveBack() async throws {
            let workspace = try Workspace()
            let gateway = try await Gateway.start(Self.settings(workspace))
            let backend = try await gateway.backendToken()
            for start in stride(from: 1, to: 2000, by: 500) {
                try await Self.fill(gateway, start...(start + 499), backend)
            }
            try await gateway.stop()
            let small: Settings = ["log.retention.events": "10"]
            let second = try await Gateway.start(
                Self.settings(workspace, small), ports: [gateway.port, gateway.adminPort])
            try await eventually("the oldest events are gone", otherwise: { second.child.transcript }) {
                try await second.metrics().sum("sluice_log_events") <= 10
            }
            try await second.stop()
            let done = try await Self.log("vacuum", of: second)
            #expect(done.code == 0 && done.output.hasPrefix("gave back "), "\(done)")
            let third = try await Gateway.start(
                Self.settings(workspace, small), ports: [gateway.port, gateway.adminPort])
            #expect(try await third.metrics().sum("sluice_log_events") == 10)
            try await third.stop()
            #expect(!third.child.errors.contains("new epoch"), "\(third.child.errors)")
        }

        @Test func aLogInMemoryHasNothingToWorkOn() async throws {
            let gateway = try await Gateway.start()
            for command in ["stats", "verify", "vacuum"] {
                let refused = try await Self.log(command, of: gateway)
                #expect(refused.code == 78 && refused.errors.contains("log.kind: is memory"), "\(refused)")
            }
            try await gateway.stop()
        }

        // MARK: Under load

        /// Publishers go on while the file is copied, one after the other without a pause.
        @Test(.alone) func aBackupUnderLoadLosesNothingAndStopsNobody() async throws {
            let workspace = try Workspace()
            let gateway = try await Gateway.start(
                Self.settings(workspace, ["log.durability": "normal", "log.retention.bytes": "256MiB"]))
            let backend = try await gateway.backendToken()
            let child = try Child(
                Package.python(),
                [
                    Package.client("backup_load.py"), "--port", "\(gateway.port)", "--ca",
                    gateway.certificates.authority, "--token", backend, "--program", Package.program(),
                    "--config", gateway.workspace.path("sluice.yaml"), "--copy", workspace.path("copy.db"),
                ], environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
            let output = try await child.succeeded(within: .seconds(60))
            let figures = try #require(JSONLine.all(in: output).last, "\(child.transcript)")
            let text = "\(output)"
            #expect(figures.number("refused") == 0, "\(text)")
            #expect(try #require(figures.number("published during the backup")) > 0, "\(text)")
            #expect(figures.number("missing in the copy") == 0, "what was acknowledged before it: \(text)")
            #expect(figures.number("missing in the log") == 0, "\(text)")
            #expect(try #require(figures.number("slowest ms during")) < 5000, "\(text)")
            print("backup under load: \(text)")
            try await gateway.stop()
        }

        // MARK: A forgotten reader

        /// A shell within a transaction keeps the journal from beginning anew.
        @Test func aForgottenReaderIsALineWithItsNameAndAMetric() async throws {
            let workspace = try Workspace()
            let gateway = try await Gateway.start(
                Self.settings(workspace, ["log.durability": "normal", "log.retention.bytes": "512MiB"]))
            let backend = try await gateway.backendToken()
            try await Self.fill(gateway, 1...1, backend)
            let reader = try Child(
                Package.python(), [Package.client("forgotten_reader.py"), workspace.path("events.db")], in: workspace)
            try await eventually("the reader reads", otherwise: { reader.transcript }) {
                reader.output.contains("reading")
            }
            let large = (1...20).map { _ in Self.event(String(repeating: "x", count: 60_000)) + "\n" }.joined()
            let batch = try gateway.workspace.write(large, to: "large")
            for _ in 0..<120 {
                #expect(
                    try await gateway.publish("@" + batch, token: backend, type: "application/x-ndjson").status == 200)
            }
            try await gateway.metric("sluice_log_wal_held_seconds", reaches: 1)
            try await gateway.metric("sluice_log_wal_bytes", reaches: 129 * 1024 * 1024)
            try await eventually("a line with its name", otherwise: { gateway.child.transcript }) {
                gateway.child.errors.split(separator: "\n").contains {
                    $0.contains(" warning ") && $0.contains("journal grows")
                        && $0.contains("(process \(reader.process))")
                }
            }
            reader.end()
            try await eventually("the journal is cut back", otherwise: { gateway.child.transcript }) {
                let metrics = try await gateway.metrics()
                return metrics.sum("sluice_log_wal_held_seconds") == 0
                    && metrics.sum("sluice_log_wal_bytes") <= 64 * 1024 * 1024
            }
            try await gateway.stop()
        }
    }
}
