// Promise: whatever bytes come, the gateway lives on, serves others, and goes back to its baseline.

import Foundation
import Testing

extension Outside {
    @Suite struct GarbageTests {
        /// To repeat a run: `SLUICE_SEED=… swift test --filter GarbageTests`.
        private static let seed =
            ProcessInfo.processInfo.environment["SLUICE_SEED"].flatMap(Int.init) ?? Int.random(in: 0..<1_000_000_000)

        @Test(arguments: [["--plain"], []])
        func aThousandBrokenPeersLeaveNothingBehind(options: [String]) async throws {
            print("GarbageTests: SLUICE_SEED=\(Self.seed)")
            let settings: Settings = [
                "limits.head_timeout": "2s", "limits.body_timeout": "2s", "limits.idle_timeout": "2s",
                "tls.handshake_timeout": "2s", "cors.origins": "[\"https://app.example\"]",
            ]
            try await Gateway.run(settings) { gateway in
                let token = try await gateway.token(
                    "alice", "--subscribe", "news", "--publish", "user:*", "--publish", "everyone")
                let arguments = ["--seed", "\(Self.seed)", "--count", "1000", "--token", token] + options
                let fuzz = try gateway.startClient("fuzz.py", arguments)
                let report = try #require(JSONLine.all(in: try await fuzz.succeeded(within: .seconds(150))).first)
                #expect(report.number("count") == 1000)
                #expect(gateway.child.exitCode == nil, "it ended. \(gateway.child.transcript)")
                let stream = try await gateway.open(gateway.token("bob"))
                let answer = try await gateway.publish(#"{"to":{"user":"bob"},"data":"alive"}"#, token: token)
                #expect(answer.status == 200)
                try await stream.events(1)
                stream.close()
            }
        }
    }
}
