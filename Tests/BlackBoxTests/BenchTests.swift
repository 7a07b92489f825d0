// Promise: `sluice bench` puts a load on a gateway over both versions of HTTP, accounts for every event, and says how
// often each latency was.

import Foundation
import Testing

extension Outside {
    @Suite(.alone) struct BenchTests {
        /// What the test reads of the report.
        private struct Report: Decodable {
            let httpVersion: String
            let streams, streamsPerConnection, openedStreams, publishes, deliveries, lost: Int
            let deliveriesPerSecond, latencyP50Us, latencyP99Us, latencyMaxUs, latencyResolution: Double
            let serverCpuSeconds: Double
            let serverResidentPeakKib: Int
            /// Pairs: up to how many microseconds, how often.
            let latencyHistogram: [[Double]]
            let flawless: Bool
        }

        private static func bench(_ gateway: Gateway, _ options: [String] = []) throws -> Child {
            try Child(
                Package.program(),
                [
                    "bench", "--url", gateway.url, "--ca", gateway.certificates.authority, "--keys",
                    gateway.certificates.tokenKeys, "--streams", "20", "--duration", "1s", "--rate", "50",
                ] + options, in: gateway.workspace)
        }

        private static func report(_ json: String) throws -> Report {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Report.self, from: Data(json.utf8))
        }

        @Test(arguments: [("1.1", 1), ("2", 4)])
        func everyEventIsAccountedFor(version: String, perConnection: Int) async throws {
            try await Gateway.run { gateway in
                let options = version == "2" ? ["--http2", "--streams-per-connection", "\(perConnection)"] : []
                let bench = try Self.bench(
                    gateway, options + ["--to", "everyone", "--pid", "\(gateway.child.process)", "--json"])
                let report = try Self.report(try await bench.succeeded())
                #expect(report.flawless)
                #expect(report.httpVersion == version && report.streamsPerConnection == perConnection)
                #expect(report.streams == 20 && report.openedStreams == 20)
                #expect((40...51).contains(report.publishes), "50 a second, for a second")
                #expect(report.deliveries == 20 * report.publishes && report.lost == 0)
                let counts = report.latencyHistogram.map { $0[1] }
                #expect(counts.reduce(0, +) == Double(report.deliveries), "each delivery is in one bucket")
                #expect(report.latencyHistogram.last?.first == report.latencyMaxUs)
                #expect(try await gateway.metrics().sum("sluice_deliveries_total") == Double(report.deliveries))
            }
        }

        @Test func theReportForPeopleEndsWithTheDistribution() async throws {
            try await Gateway.run { gateway in
                let text = try await Self.bench(gateway).succeeded()
                let table = try #require(text.range(of: "\nlatencies "))
                let rows = text[table.upperBound...].split(separator: "\n").dropFirst()
                #expect(!rows.isEmpty)
                #expect(rows.allSatisfy { $0.contains(" ms ") && $0.contains(" %") }, "\(text)")
                #expect(rows.contains { $0.hasSuffix(String(repeating: "█", count: 40)) }, "the longest bar")
            }
        }
    }
}
