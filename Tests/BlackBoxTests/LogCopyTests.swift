// Promise: a log in a file moves to NATS by one command: whoever comes back with an old id is told of the gap, gets
// what the log holds, and goes on live; what is revoked stays revoked. What NATS holds can be counted and verified.

import Foundation
import NATSClient
import Testing

extension Outside {
    @Suite struct LogCopyTests {
        private static func run(
            _ command: [String], in workspace: Workspace
        ) async throws -> (code: Int32, output: String, errors: String) {
            let child = try Child(Package.program(), command, in: workspace)
            return (try await child.ended(), child.output, child.errors)
        }

        private static func publish(_ body: String, at gateway: Gateway) async throws -> Int {
            try await gateway.publish(body, token: gateway.backendToken()).status
        }

        private static func configuration(_ cluster: NATSCluster, _ workspace: Workspace) async throws -> String {
            let certificates = try await Certificates.shared()
            let settings = Gateway.standing(certificates, ports: try freePorts(2)).overridden(by: cluster.settings)
            return try workspace.write(settings.yaml, to: "cluster.yaml")
        }

        @Test func aFilesStreamsGoOnBehindAGapOnNATS() async throws {
            let (cluster, workspace) = (try await NATSCluster.start(), try Workspace())
            let target = try await Self.configuration(cluster, workspace)
            let old = try await Gateway.start(["log.kind": "sqlite", "log.path": workspace.path("events.db")])
            let alice = try await old.token("alice")
            let stream = try await old.open(alice)
            for data in ["1", "2"] {
                #expect(try await Self.publish(#"{"to":{"user":"alice"},"data":"\#(data)"}"#, at: old) == 200)
            }
            #expect(try await Self.publish(#"{"to":{"topic":"news"},"data":"3"}"#, at: old) == 200)
            #expect(try await Self.publish(#"{"to":{"users":["alice","bob"]},"data":"4"}"#, at: old) == 200)
            #expect(try await Self.publish(#"{"to":{"everyone":true},"data":"5","ttl":3600}"#, at: old) == 200)
            let id = try #require(try await stream.events(2).last?.id)
            let mallory = try await old.token("mallory")
            let admin = try await old.token("admin", ttl: "1h", "--admin")
            let revoked = try await Self.run(
                ["revoke", "--url", old.url, "--ca", old.certificates.authority, "--token", admin, "--sub", "mallory"],
                in: workspace)
            #expect(revoked.code == 0, "\(revoked)")
            let source = old.workspace.path("sluice.yaml")
            let copy = ["log", "copy", "--config", source, "--to", target]
            let early = try await Self.run(copy, in: workspace)
            #expect(early.code == 1 && early.errors.contains("is in use by a running gateway"), "\(early)")
            stream.close()
            try await old.stop()

            let copied = try await Self.run(copy, in: workspace)
            #expect(copied.code == 0, "\(copied)")
            #expect(copied.output.hasPrefix("copied 5 events and 1 revocations to sluice\n"), "\(copied.output)")
            let again = try await Self.run(copy, in: workspace)
            #expect(again.code == 78 && again.errors.contains("sluice has events already"), "\(again)")

            try await cluster.run(gateways: 1) { gateways in
                let gateway = gateways[0]
                let resumed = try await gateway.open(alice, "--header", "Last-Event-ID: \(id)")
                #expect(try await Self.publish(#"{"to":{"user":"alice"},"data":"6"}"#, at: gateway) == 200)
                let seen = try await resumed.events(6)
                #expect(seen.map { $0.event ?? $0.data } == ["sluice.gap", "1", "2", "4", "5", "6"], "\(seen)")
                #expect(seen[0].data?.contains(#""reason":"epoch""#) == true, "\(seen)")
                let refused = try await gateway.request("/v1/stream", "--max-time", "5", token: mallory)
                #expect(refused.status == 401, "what is revoked stays revoked: \(refused)")
                resumed.close()
            }
        }

        @Test(arguments: NATSServer.Version.allCases)
        func whatNATSHoldsIsCountedAndVerified(version: NATSServer.Version) async throws {
            let (cluster, workspace) = (
                try await NATSCluster.start(1, version, syncsAlways: version == .current), try Workspace()
            )
            let file = try await Self.configuration(cluster, workspace)
            let missing = try await Self.run(["log", "verify", "--config", file], in: workspace)
            #expect(missing.code == 78 && missing.output.contains("there is no stream sluice"), "\(missing)")
            try await cluster.run(gateways: 1) { gateways in
                for to in [#"{"user":"alice"}"#, #"{"users":["alice","bob"]}"#, #"{"user":"bob"}"#] {
                    #expect(try await Self.publish(#"{"to":\#(to),"data":"x"}"#, at: gateways[0]) == 200)
                }
                let stats = try await Self.run(["log", "stats", "--json", "--config", file], in: workspace)
                let figures = try #require(JSONLine.all(in: stats.output).first, "\(stats)")
                #expect(figures.number("events") == 3 && figures.text("kind") == "jetstream", "\(stats)")
                #expect(stats.output.contains(#"{"audience":"user","events":2},{"audience":"users","events":1}"#))
                let whole = try await Self.run(["log", "verify", "--config", file], in: workspace)
                #expect(whole.code == 0 && whole.output.contains("✓ events: 3 can be read"), "\(whole)")

                let caller = try await NATSCaller.started(cluster.servers[0].url)
                try await caller.publish("not one of ours", to: "sluice.e.a")
                let spoiled = try await Self.run(["log", "verify", "--config", file], in: workspace)
                #expect(
                    spoiled.code == 78 && spoiled.output.contains("✗ events: 1 messages are no events"), "\(spoiled)")
                await caller.client.shutdown()
            }
        }

        /// Streams that were restored while no gateway ran are the old ones to whoever looks at them.
        @Test func aNewEpochIsToldToWhoeverIsAhead() async throws {
            let (cluster, workspace) = (try await NATSCluster.start(), try Workspace())
            let file = try await Self.configuration(cluster, workspace)
            try await cluster.run(gateways: 1) { gateways in
                let status = try await Self.publish(#"{"to":{"user":"alice"},"data":"1"}"#, at: gateways[0])
                #expect(status == 200)
            }
            let before = try await Self.run(["log", "stats", "--json", "--config", file], in: workspace)
            let epoch = try #require(JSONLine.all(in: before.output).first?.text("epoch"))
            let done = try await Self.run(["log", "new-epoch", "--config", file], in: workspace)
            #expect(done.code == 0, "\(done)")
            try await cluster.run(gateways: 1) { gateways in
                let alice = try await gateways[0].token("alice")
                let ahead = try await gateways[0].open(alice, "--header", "Last-Event-ID: \(epoch)-900")
                #expect(try await ahead.events(1).first?.event == "sluice.gap")
                ahead.close()
            }
        }
    }
}
