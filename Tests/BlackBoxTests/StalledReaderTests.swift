// Promise: a reader that never reads delays nobody, costs bounded memory, and is ended with a reason.

import Glibc
import Testing

extension Outside {
    @Suite struct StalledReaderTests {
        private static let stalled = 20

        @Test func twentyReadersThatNeverReadDelayNobody() async throws {
            try await Gateway.run(["log.retention.bytes": "1MiB"]) { gateway in
                let mallory = try await gateway.token("mallory")
                let stalled = try gateway.startClient(
                    "stalled.py", ["--token", mallory, "--count", "\(Self.stalled)"])
                try await gateway.metric("sluice_streams", reaches: Double(Self.stalled))

                // 700 events of 16 KiB are more than the buffers of the gateway and of both kernels hold.
                let report = try await gateway.client(
                    "latency.py", "--reader", gateway.token("bob"), "--publisher", gateway.backendToken(), "--to",
                    #"{"everyone":true}"#, "--count", "700", "--rate", "100", "--payload", "16384")
                let figures = try #require(report.first)
                #expect(figures.number("delivered") == 700)
                #expect(figures.flag("inOrder"))
                #expect(try #require(figures.number("median")) < 0.25)
                #expect(try #require(figures.number("longest")) < 2)
                #expect(try #require(figures.number("longestAnswer")) < 2)

                let metrics = try await gateway.metrics()
                #expect(
                    metrics.sum("sluice_streams_closed_total", where: "reason=\"buffer-overflow\"")
                        == Double(Self.stalled),
                    "the stalled streams are still open, or ended for another reason")
                stalled.send(SIGTERM)
            }
        }
    }
}
