// Promise: the gateway is ready when its own streams get what it sends them through its listener and its log; a stuck
// log and an expired certificate turn the right probe red, and green again; and nobody else notices these streams.

import Foundation
import NATSClient
import NIOCore
import Testing

extension Outside {
    @Suite struct CanaryTests {
        private static let settings: Settings = [
            "listen.event_loops": "2", "canary.interval": "500ms", "canary.limit": "2s",
        ]

        private static func ages(_ gateway: Gateway) async throws -> [Double] {
            let metrics = try await gateway.metrics()
            return ["0", "1"].map { metrics.sum("sluice_canary_seconds", where: "loop=\"\($0)\"") }
        }

        @Test func eachEventLoopHasOneAndNoBookKnowsOfIt() async throws {
            try await Gateway.run(Self.settings) { gateway in
                try await eventually("a young canary on each loop") {
                    try await Self.ages(gateway).allSatisfy { (0.0001..<1.5).contains($0) }
                }
                let metrics = try await gateway.metrics()
                #expect(metrics.streams == 0 && metrics.connections == 0)
                #expect(metrics.sum("sluice_streams_opened_total") == 0)
                #expect(metrics.sum("sluice_tls_handshakes_total") == 0)
                #expect(metrics.sum("sluice_log_events") == 0)
                #expect(metrics.sum("sluice_events_total") == 0)
                // Whoever lists streams and users finds none.
                let answer = try await gateway.publish(
                    #"{"to":{"everyone":true},"data":1}"#, token: gateway.backendToken())
                #expect(answer.body.contains(#""streams":0"#), "\(answer.body)")
                #expect(answer.body.contains("-1\""), "the first event of the log: \(answer.body)")
            }
        }

        /// Another program that writes to the file holds all writes up, and no publisher is there to notice.
        @Test func aStuckLogIsRedForPublishersAlone() async throws {
            let workspace = try Workspace()
            let path = workspace.path("events.db")
            let settings = Self.settings.overridden(by: ["log.kind": "sqlite", "log.path": path])
            try await Gateway.run(settings) { gateway in
                try await gateway.probeInTime("/readyz")
                let holder = try Child(
                    Package.python(),
                    [
                        "-c",
                        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
                            + "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(60)",
                        path,
                    ], in: gateway.workspace)
                try await eventually("a held file", otherwise: { holder.transcript }) { holder.output.contains("held") }
                try await eventually("a red probe", within: .seconds(10)) {
                    try await gateway.admin("/readyz?for=publish").status == 503
                }
                let red = try await gateway.admin("/readyz?for=publish")
                #expect(red.body.contains("canary") || red.body.contains("log-"), "\(red.body)")
                try await gateway.probeInTime("/readyz?for=streams")
                #expect(try await Self.ages(gateway).allSatisfy { $0 > 1.5 })
                try await eventually("a line") { gateway.child.errors.contains("own streams do not get their notes") }

                holder.end()
                try await eventually("a green probe", within: .seconds(15)) {
                    try await gateway.admin("/readyz").status == 200
                }
            }
        }

        @Test func anExpiredCertificateIsRedUntilThereIsAnother() async throws {
            let workspace = try Workspace()
            let (chain, key) = try await CertificateEndTests.issue(15, in: workspace)
            let gateway = try await Gateway.start(
                Self.settings.overridden(by: ["tls.certificate": chain, "tls.key": key]))
            try await gateway.probeInTime("/readyz?for=streams")
            try await eventually("a red probe", within: .seconds(25)) {
                try await gateway.admin("/readyz?for=streams").status == 503
            }
            #expect(try await gateway.admin("/readyz?for=publish").body.contains("the certificate has expired"))
            try await eventually("a line", within: .seconds(10)) {
                gateway.child.errors.contains("A certificate has expired")
            }
            try await gateway.reload(Self.settings)
            try await eventually("a green probe", within: .seconds(10)) {
                try await gateway.admin("/readyz").status == 200
            }
            try await gateway.backToBaseline()
            try await gateway.stop()
        }

        /// What was in force stays so, for the gateway's own streams, too: they are opened anew by what is served.
        @Test func aRefusedReloadIsNoTroubleForIt() async throws {
            let workspace = try Workspace()
            let (chain, key) = try await CertificateEndTests.issue(3600, in: workspace)
            let settings = Self.settings.overridden(by: [
                "tls.certificate": chain, "tls.key": key, "canary.limit": "1s",
            ])
            try await Gateway.run(settings) { gateway in
                try await gateway.probeInTime("/readyz")
                try FileManager.default.removeItem(atPath: key)
                try Data("no certificate".utf8).write(to: URL(fileURLWithPath: chain))
                try await eventually("a refused reload") { try await gateway.reloads("failed") > 0 }
                // A loop that has stood for twice the limit gets another canary.
                let frozen = try await gateway.freeze(loop: 1)
                try await eventually("a red probe") { try await gateway.admin("/readyz?for=streams").status == 503 }
                try await eventually("a canary that is given up", within: .seconds(15)) {
                    try await Self.ages(gateway)[1] > 3
                }
                frozen.end()
                try await eventually("a young canary on each loop", within: .seconds(20)) {
                    try await Self.ages(gateway).allSatisfy { (0.0001..<1.5).contains($0) }
                }
                #expect(try await gateway.admin("/readyz").status == 200)
            }
        }

        /// A stream that can be read and takes no writes, in a cluster without publishers who would notice.
        @Test func aSharedLogThatTakesNoWritesIsRedForPublishersAlone() async throws {
            let cluster = try await NATSCluster.start()
            let server = cluster.servers[0]
            try await cluster.run(gateways: 1, Self.settings) { gateways in
                try await gateways[0].probeInTime("/readyz")
                let configuration = try await Self.stream(server)
                try await Self.update(configuration.merging(["discard": "new", "max_msgs": 1]) { $1 }, server)
                try await eventually("a red probe", within: .seconds(10)) {
                    try await gateways[0].admin("/readyz?for=publish").status == 503
                }
                try await gateways[0].probeInTime("/readyz?for=streams")
                let head = try await gateways[0].metrics().sum("sluice_log_events")
                #expect(head == 0, "its notes are nobody's events")
                try await Self.update(configuration, server)
                try await eventually("a green probe", within: .seconds(10)) {
                    try await gateways[0].admin("/readyz").status == 200
                }
            }
        }

        /// The configuration of the stream with the events, as an operator's tool sees it.
        private static func stream(_ server: NATSServer) async throws -> [String: Any] {
            let answer = try await ask("STREAM.INFO.sluice", nil, server)
            return try #require(answer["config"] as? [String: Any], "\(answer)")
        }

        private static func update(_ configuration: [String: Any], _ server: NATSServer) async throws {
            let answer = try await ask("STREAM.UPDATE.sluice", configuration, server)
            #expect(answer["error"] == nil, "\(answer)")
        }

        private static func ask(
            _ name: String, _ question: [String: Any]?, _ server: NATSServer
        ) async throws -> [String: Any] {
            let body = try question.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data()
            let caller = try await NATSCaller.started(server.url)
            let answer = try await caller.client.request(
                Publication(ByteBuffer(bytes: body), to: try Subject("$JS.API.\(name)")))
            await caller.client.shutdown()
            let text = Data(answer.payload.readableBytesView)
            return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        }

        /// Whoever connects chooses the key, be it the gateway itself.
        @Test func oneKeyOfEachKindIsNoTroubleForIt() async throws {
            let workspace = try Workspace()
            let rsa = try await CertificateEndTests.issue(3600, name: "rsa", isRSA: true, in: workspace)
            let elliptic = try await CertificateEndTests.issue(3600, name: "ec", in: workspace)
            let settings = Self.settings.overridden(by: [
                "tls.certificate": "[\(rsa.chain), \(elliptic.chain)]", "tls.key": "[\(rsa.key), \(elliptic.key)]",
            ])
            try await Gateway.run(settings) { gateway in
                try await eventually("a young canary on each loop") {
                    try await Self.ages(gateway).allSatisfy { (0.0001..<1.5).contains($0) }
                }
                #expect(try await gateway.admin("/readyz").status == 200)
            }
        }

        /// IPv6 has one address of this machine's own, and it may be a proxy's.
        @Test func aProxyAtItsOnlyAddressIsNoneForIt() async throws {
            let gateway = try await Gateway.start(
                Self.settings.overridden(by: ["listen.address": "::1", "listen.proxy_protocol.from": #"["::1/128"]"#]))
            try await eventually("a young canary on each loop") {
                try await Self.ages(gateway).allSatisfy { (0.0001..<1.5).contains($0) }
            }
            #expect(try await gateway.admin("/readyz").status == 200)
            #expect(!gateway.child.errors.contains("proxy-header-missing"))
            try await gateway.stop()
        }

        /// From a proxy's address the header is required. The canary comes from another, and needs none.
        @Test func aProxyInFrontIsNoneForIt() async throws {
            let settings = Self.settings.overridden(by: ["listen.proxy_protocol.from": "[127.0.0.0/8]"])
            try await Gateway.run(settings) { gateway in
                try await eventually("a young canary on each loop") {
                    try await Self.ages(gateway).allSatisfy { (0.0001..<1.5).contains($0) }
                }
            }
        }
    }
}
