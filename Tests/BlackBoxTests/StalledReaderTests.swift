// Promise: a reader that never reads delays nobody and costs bounded memory; when it reads after all it gets
// everything, in order, or is told of a gap.

import Glibc
import Testing

extension Outside {
    @Suite(.alone) struct StalledReaderTests {
        private static let stalled = 20
        /// 700 events of 16 KiB are more than the buffers of the gateway and of both kernels hold.
        private static let events = 700

        private static func publish(_ gateway: Gateway) async throws {
            let report = try await gateway.client(
                "latency.py", "--reader", gateway.token("bob"), "--publisher", gateway.backendToken(), "--to",
                #"{"everyone":true}"#, "--count", "\(events)", "--rate", "100", "--payload", "16384")
            let figures = try #require(report.first)
            #expect(figures.number("delivered") == Double(events))
            #expect(figures.flag("inOrder"))
            #expect(try #require(figures.number("median")) < 0.25)
            #expect(try #require(figures.number("longest")) < 2)
            #expect(try #require(figures.number("longestAnswer")) < 2)
        }

        private static func stall(_ gateway: Gateway) async throws -> Child {
            let stalled = try gateway.startClient(
                "stalled.py",
                ["--token", try await gateway.token("mallory"), "--count", "\(Self.stalled)", "--until", "the end"])
            try await gateway.metric("sluice_streams", reaches: Double(Self.stalled))
            return stalled
        }

        /// Has the stalled readers read, and returns what each of them reports.
        private static func wake(_ stalled: Child, _ gateway: Gateway) async throws -> [JSONLine] {
            let end = try await gateway.publish(
                #"{"to":{"user":"mallory"},"data":"\"the end\""}"#, token: gateway.backendToken())
            #expect(end.status == 200)
            stalled.send(SIGUSR1)
            return Array(JSONLine.all(in: try await stalled.succeeded(within: .seconds(60))).dropFirst())
        }

        @Test func twentyReadersThatNeverReadDelayNobodyAndGetEverythingInTheEnd() async throws {
            try await Gateway.run { gateway in
                let stalled = try await Self.stall(gateway)
                try await Self.publish(gateway)
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_streams_behind") == Double(Self.stalled))
                #expect(metrics.sum("sluice_streams_closed_total", where: "reason=\"buffer-overflow\"") == 0)
                let readers = try await Self.wake(stalled, gateway)
                #expect(readers.count == Self.stalled)
                for reader in readers {
                    #expect(reader.number("received") == Double(Self.events))
                    #expect(reader.flag("inOrder"))
                    #expect(reader.number("gaps") == 0)
                }
            }
        }

        @Test func whatTheLogHasLetGoOfIsToldAsAGap() async throws {
            try await Gateway.run(["log.retention.bytes": "1MiB"]) { gateway in
                let stalled = try await Self.stall(gateway)
                try await Self.publish(gateway)
                for reader in try await Self.wake(stalled, gateway) {
                    #expect(reader.flag("inOrder"))
                    #expect(reader.number("gaps") == 1)
                    #expect(reader.number("last") == Double(Self.events - 1), "it goes on from the oldest event held")
                    #expect(try #require(reader.number("received")) < Double(Self.events))
                }
            }
        }

        @Test func anOperatorMayHaveThemEnded() async throws {
            try await Gateway.run(["stream.overflow": "disconnect"]) { gateway in
                let stalled = try await Self.stall(gateway)
                try await Self.publish(gateway)
                #expect(
                    try await gateway.metrics().sum("sluice_streams_closed_total", where: "reason=\"buffer-overflow\"")
                        == Double(Self.stalled))
                stalled.end()
            }
        }

        @Test func allBuffersTogetherHaveALimit() async throws {
            try await Gateway.run(["stream.buffer_total": "1MiB"]) { gateway in
                let stalled = try await Self.stall(gateway)
                try await Self.publish(gateway)
                let metrics = try await gateway.metrics()
                let shed = metrics.sum("sluice_streams_closed_total", where: "reason=\"buffer-total\"")
                #expect(metrics.sum("sluice_streams_behind") + shed == Double(Self.stalled))
                stalled.end()
            }
        }

        @Test func aReaderThatNeverCatchesUpIsEndedInTime() async throws {
            try await Gateway.run(["stream.behind_limit": "1s", "stream.heartbeat": "500ms"]) { gateway in
                let stalled = try await Self.stall(gateway)
                try await Self.publish(gateway)
                try await gateway.metric(
                    "sluice_streams_closed_total", where: "reason=\"behind-limit\"", reaches: Double(Self.stalled))
                stalled.end()
            }
        }
    }
}
