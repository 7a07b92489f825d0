// Promise: a reload says which settings wait for a restart, and takes over all others, the log's level too.

import Foundation
import Testing

extension Outside {
    @Suite struct ReloadedSettingTests {
        private static func event(bytes: Int) -> String {
            #"{"to":{"user":"alice"},"data":"\#(String(repeating: "x", count: bytes))"}"#
        }

        private static func lines(_ text: String, with words: String) -> [Substring] {
            text.split(separator: "\n").filter { $0.contains(words) }
        }

        @Test func whatTakesARestartIsNamedAndTheRestIsTakenOver() async throws {
            let workspace = try Workspace()
            let first: Settings = ["log.kind": "sqlite", "log.path": workspace.path("first.db")]
            let other = try freePorts(1)[0]
            try await Gateway.run(first) { gateway in
                let backend = try await gateway.backendToken()
                #expect(try await gateway.publish(Self.event(bytes: 2000), token: backend).status == 200)
                let said = try await gateway.reload([
                    "log.kind": "sqlite", "log.path": workspace.path("second.db"), "listen.port": "\(other)",
                    "limits.event": "1KiB",
                ])
                let line = try #require(Self.lines(said, with: "take a restart").first, "\(said)")
                #expect(line.contains("warning"), "\(line)")
                #expect(line.contains("settings=listen.port, log.path"), "these and no other: \(line)")
                #expect(try await gateway.publish(Self.event(bytes: 2000), token: backend).status == 413)
                #expect(try await gateway.publish(Self.event(bytes: 10), token: backend).status == 200)
                #expect(!FileManager.default.fileExists(atPath: workspace.path("second.db")))
                #expect(HeldPort(UInt16(other)) != nil, "nobody listens there")
                #expect(try await gateway.metrics().sum("sluice_log_events") == 2)

                // What was taken back waits for nothing.
                let taken = try await gateway.reload(first)
                #expect(!taken.contains("take a restart"), "\(taken)")
                #expect(try await gateway.publish(Self.event(bytes: 2000), token: backend).status == 200)
            }
        }

        @Test func theLogsLevelFollows() async throws {
            try await Gateway.run { gateway in
                let count = { Self.lines(gateway.child.errors, with: "TLS handshake failed.").count }
                // Its client trusts no authority, which at `debug` is worth a line.
                let fail = {
                    let failed = try await gateway.metrics().sum(
                        "sluice_tls_handshakes_total", where: #"result="peer""#)
                    _ = try await Child(
                        "curl", ["--silent", "--capath", "/nonexistent", gateway.url], in: gateway.workspace
                    ).ended()
                    try await gateway.metric(
                        "sluice_tls_handshakes_total", where: #"result="peer""#, reaches: failed + 1)
                }
                try await fail()
                #expect(count() == 0, "\(gateway.child.transcript)")
                try await gateway.reload(["logging.level": "debug"])
                try await fail()
                try await eventually("a line at debug", otherwise: { gateway.child.transcript }) { count() == 1 }
                try await gateway.reload(["logging.level": "info"])
                try await fail()
                #expect(count() == 1, "\(gateway.child.transcript)")
                let silent = try await gateway.reload(["logging.level": "error"])
                #expect(!silent.contains(" notice "), "\(silent)")
            }
        }
    }
}
