// Promise: connections that break at any stage, from before the ClientHello to behind GOAWAY, leave nothing behind, and
// others' streams do not notice.

import Foundation
import Testing

extension Outside {
    @Suite struct ChurnTests {
        /// `SLUICE_CHURN=100000 swift test --filter ChurnTests` (or `make churn`) is the long form.
        private static let long = ProcessInfo.processInfo.environment["SLUICE_CHURN"].flatMap(Int.init)
        /// To repeat a run: `SLUICE_SEED=… swift test --filter ChurnTests`.
        private static let seed =
            ProcessInfo.processInfo.environment["SLUICE_SEED"].flatMap(Int.init) ?? Int.random(in: 0..<1_000_000_000)
        private static let settings: Settings = [
            "limits.head_timeout": "5s", "limits.body_timeout": "5s", "limits.idle_timeout": "5s",
            "tls.handshake_timeout": "5s", "limits.streams_per_user": "1000", "limits.streams_opened_per_user": "0",
        ]

        @Test(.timeLimit(.minutes(30))) func connectionsThatBreakAnywhereLeaveNothingBehind() async throws {
            let count = Self.long ?? 2000
            print("ChurnTests: SLUICE_SEED=\(Self.seed)")
            try await Gateway.run(Self.settings) { gateway in
                let broken = try await gateway.token("churn", "--publish", "user:*")
                let (bob, backend) = try await (gateway.token("bob"), gateway.backendToken())
                let churn = try gateway.startClient(
                    "churn.py",
                    [
                        "--seed", "\(Self.seed)", "--count", "\(count)", "--token", broken, "--reader", bob,
                        "--publisher", backend,
                    ])
                let output = try await churn.succeeded(within: .seconds(Self.long == nil ? 150 : 1700))
                let report = try #require(JSONLine.all(in: output).last, "\(churn.transcript)")
                #expect(report.number("count") == Double(count), "\(output)")
                #expect(report.number("reached") == report.number("stages"), "some were never come to: \(output)")
                #expect(report.number("missed") == 0, "a stream of others' is not whole: \(output)")
                #expect(try #require(report.number("published")) > 0 && #require(report.number("longest")) < 10)
                print("churn: \(output)")
                try await eventually("nothing held") { try await gateway.metrics().sum("sluice_held_bytes") == 0 }
            }
        }
    }
}
