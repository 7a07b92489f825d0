// Promise: `sluice bench` puts its load on a server that is not a gateway as well, and accounts for every event there
// too.

import Foundation
import Testing

extension Outside {
    @Suite struct BenchPeerTests {
        /// What the test reads of the report.
        private struct Report: Decodable {
            let openedStreams, publishes, deliveries, lost, doubled, outOfOrder, unexpected, eventsFailed: Int
            let latencyP50Us, latencyMaxUs: Double
            let flawless: Bool
        }

        /// A small server that takes publishes in the clear, and what it is reached with.
        private struct Peer {
            let child: Child
            let ports: [Int]
            let certificates: Certificates
            let workspace: Workspace

            /// - Parameter losing: of so many publishes, one is taken and not delivered; 0 for none.
            static func start(losing: Int = 0) async throws -> Peer {
                let (workspace, certificates) = (try Workspace(), try await Certificates.shared())
                let child = try Child(
                    Package.python(),
                    [
                        Package.client("peer.py"), "--certificate", certificates.chain, "--key", certificates.key,
                        "--losing", "\(losing)",
                    ], environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace)
                let line = try await eventually("the peer's ports", otherwise: { child.transcript }) {
                    child.outputLines.first
                }
                let ports = try JSONDecoder().decode([String: Int].self, from: Data(line.utf8))
                return Peer(
                    child: child, ports: [try #require(ports["streams"]), try #require(ports["publishes"])],
                    certificates: certificates, workspace: workspace)
            }

            func bench(_ publishPath: String, _ options: String...) throws -> Child {
                try Child(
                    Package.program(),
                    [
                        "bench", "--url", "https://localhost:\(ports[0])", "--ca", certificates.authority,
                        "--stream-path", "/sse/%d", "--publish-url", "http://127.0.0.1:\(ports[1])\(publishPath)",
                        "--streams", "12", "--rate", "50", "--events", "40", "--json",
                    ] + options, in: workspace)
            }
        }

        private static func report(_ json: String) throws -> Report {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Report.self, from: Data(json.utf8))
        }

        private static func expectAll(_ report: Report, deliveries: Int) {
            #expect(report.openedStreams == 12 && report.publishes == 40 && report.eventsFailed == 0)
            #expect(report.deliveries == deliveries)
            #expect(report.lost == 0 && report.doubled == 0 && report.outOfOrder == 0 && report.unexpected == 0)
            #expect(report.latencyP50Us > 0 && report.latencyP50Us <= report.latencyMaxUs)
            #expect(report.flawless)
        }

        @Test func eachUserGetsItsEvents() async throws {
            let peer = try await Peer.start()
            defer { peer.child.end() }
            let bench = try peer.bench("/publish/%d", "--users", "6", "--publishers", "2")
            // Two streams of each user.
            Self.expectAll(try Self.report(try await bench.succeeded()), deliveries: 80)
        }

        @Test func everyoneGetsAllEvents() async throws {
            let peer = try await Peer.start()
            defer { peer.child.end() }
            let bench = try peer.bench("/publish", "--to", "everyone")
            Self.expectAll(try Self.report(try await bench.succeeded()), deliveries: 480)
        }

        @Test func whatThePeerTookAndDidNotDeliverIsLost() async throws {
            let peer = try await Peer.start(losing: 10)
            defer { peer.child.end() }
            let bench = try peer.bench("/publish/%d")
            #expect(try await bench.ended() == 1)
            let report = try Self.report(bench.output)
            #expect(report.lost == 4 && report.deliveries == 36 && !report.flawless)
        }
    }
}
