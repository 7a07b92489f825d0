// Promise: a log in a file moves to NATS by one command: whoever comes back with an old id is told of the gap, gets
// what the log holds, and goes on live; what is revoked stays revoked. What NATS holds can be counted, verified, backed
// up and restored, and a new epoch is told once.

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

        /// Publishes to alice.
        private static func publish(_ events: [String], at gateway: Gateway) async throws {
            for data in events {
                #expect(try await publish(#"{"to":{"user":"alice"},"data":"\#(data)"}"#, at: gateway) == 200)
            }
        }

        /// What alice gets who comes back with an id, once `news` has been published.
        private static func resumed(
            with id: String, at gateway: Gateway, _ news: String, expecting count: Int
        ) async throws -> [SeenEvent] {
            let stream = try await gateway.open(try await gateway.token("alice"), "--header", "Last-Event-ID: \(id)")
            try await publish([news], at: gateway)
            let seen = try await stream.events(count)
            stream.close()
            return seen
        }

        /// Streams that were restored while no gateway ran are the old ones to whoever looks at them. Who is behind
        /// misses nothing that is there; but what the former epoch had behind it is lost, and may have been for them.
        @Test func aNewEpochIsToldOnceToWhoeverHasAnOldID() async throws {
            let (cluster, workspace) = (try await NATSCluster.start(), try Workspace())
            let file = try await Self.configuration(cluster, workspace)
            try await cluster.run(gateways: 1) { gateways in try await Self.publish(["1", "2", "3"], at: gateways[0]) }
            let before = try await Self.run(["log", "stats", "--json", "--config", file], in: workspace)
            let epoch = try #require(JSONLine.all(in: before.output).first?.text("epoch"))
            let done = try await Self.run(["log", "new-epoch", "--config", file], in: workspace)
            #expect(done.code == 0, "\(done)")
            try await cluster.run(gateways: 1) { gateways in
                let gateway = gateways[0]
                let behind = try await Self.resumed(with: "\(epoch)-1", at: gateway, "4", expecting: 4)
                #expect(behind.map { $0.event ?? $0.data } == ["sluice.gap", "2", "3", "4"], "\(behind)")
                #expect(behind[0].data?.contains(#""reason":"epoch""#) == true)
                let ahead = try await Self.resumed(with: "\(epoch)-900", at: gateway, "5", expecting: 3)
                #expect(ahead.map { $0.event ?? $0.data } == ["sluice.gap", "4", "5"], "\(ahead)")
                for stream in [behind, ahead] {
                    // Who comes back with the gap's own id is not told again.
                    let id = try #require(stream[0].id)
                    let again = try await Self.resumed(with: id, at: gateway, "6", expecting: 1)
                    #expect(again[0].event == nil && again[0].data == stream[1].data, "\(again)")
                }
            }
        }

        /// By one command each, on both versions of the server: a later one makes a stream anew that it restores.
        @Test(arguments: NATSServer.Version.allCases)
        func whatWasBackedUpIsRestoredInANewEpoch(version: NATSServer.Version) async throws {
            let (cluster, workspace) = (
                try await NATSCluster.start(1, version, syncsAlways: version == .current), try Workspace()
            )
            let file = try await Self.configuration(cluster, workspace)
            let folder = workspace.path("backup")
            var (ids, mallory) = ([String](), "")
            try await cluster.run(gateways: 1) { gateways in
                let gateway = gateways[0]
                let stream = try await gateway.open(try await gateway.token("alice"))
                try await Self.publish(["1", "2"], at: gateway)
                let backup = try await Self.run(["log", "backup", folder, "--config", file], in: workspace)
                #expect(backup.code == 0 && backup.output.contains("backed up "), "\(backup)")
                let again = try await Self.run(["log", "backup", folder, "--config", file], in: workspace)
                #expect(again.code == 78 && again.errors.contains("is there already"), "\(again)")
                try await Self.publish(["lost"], at: gateway)
                ids = try await stream.events(3).compactMap(\.id)
                stream.close()
                mallory = try await gateway.token("mallory")
                let admin = try await gateway.token("admin", ttl: "1h", "--admin")
                let arguments = ["--url", gateway.url, "--ca", gateway.certificates.authority, "--token", admin]
                let revoked = try await Self.run(["revoke"] + arguments + ["--sub", "mallory"], in: workspace)
                #expect(revoked.code == 0, "\(revoked)")
                let early = try await Self.run(["log", "restore", folder, "--config", file], in: workspace)
                #expect(early.code == 1 && early.errors.contains("a gateway runs with it"), "\(early)")
            }
            let restored = try await Self.run(["log", "restore", folder, "--config", file], in: workspace)
            let aside = "what was there is in \(folder).before-"
            #expect(restored.code == 0 && restored.output.contains(aside), "\(restored)")
            let whole = try await Self.run(["log", "verify", "--config", file], in: workspace)
            #expect(whole.code == 0 && whole.output.contains("✓ events: 2 can be read"), "\(whole)")
            try await cluster.run(gateways: 1) { gateways in
                let gateway = gateways[0]
                let behind = try await Self.resumed(with: ids[0], at: gateway, "3", expecting: 3)
                #expect(behind.map { $0.event ?? $0.data } == ["sluice.gap", "2", "3"], "\(behind)")
                // Its id stands for another event now, in the new epoch.
                let ahead = try await Self.resumed(with: ids[2], at: gateway, "4", expecting: 3)
                #expect(ahead.map { $0.event ?? $0.data } == ["sluice.gap", "3", "4"], "\(ahead)")
                let refused = try await gateway.request("/v1/stream", "--max-time", "5", token: mallory)
                #expect(refused.status == 401, "what was revoked since the backup stays revoked: \(refused)")
            }
        }

        /// All that the servers had is gone: both streams come from the backup.
        @Test func aBackupIsRestoredWhereNothingIsLeft() async throws {
            let (cluster, workspace) = (try await NATSCluster.start(3), try Workspace())
            let file = try await Self.configuration(cluster, workspace)
            let folder = workspace.path("backup")
            try await cluster.run(gateways: 1) { gateways in try await Self.publish(["1", "2"], at: gateways[0]) }
            let backup = try await Self.run(["log", "backup", folder, "--config", file], in: workspace)
            #expect(backup.code == 0, "\(backup)")
            let before = try await Self.run(["log", "stats", "--json", "--config", file], in: workspace)
            let epoch = try #require(JSONLine.all(in: before.output).first?.text("epoch"))
            for stream in ["sluice", "sluice_state"] {
                try await JetStreamTailTests.ask("STREAM.DELETE.\(stream)", "", cluster.servers[0])
            }
            let restored = try await Self.run(["log", "restore", folder, "--config", file], in: workspace)
            #expect(restored.code == 0 && restored.output.contains("revoke again what was revoked"), "\(restored)")
            try await cluster.run(gateways: 1) { gateways in
                let behind = try await Self.resumed(with: "\(epoch)-1", at: gateways[0], "3", expecting: 3)
                #expect(behind.map { $0.event ?? $0.data } == ["sluice.gap", "2", "3"], "\(behind)")
            }
            let none = try await Self.run(["log", "restore", workspace.path("none"), "--config", file], in: workspace)
            #expect(none.code == 78 && none.errors.contains("has no whole backup"), "\(none)")
        }
    }
}
