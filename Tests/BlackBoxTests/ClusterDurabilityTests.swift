// Promise: what a publisher is told of an event's safety is what the servers of NATS were seen to do; a gateway that is
// configured to promise more does not start.

import Foundation
import Testing

extension Outside {
    @Suite struct ClusterDurabilityTests {
        /// A command of the gateway with a configuration, to its end.
        private static func run(
            _ command: [String], _ settings: Settings, in workspace: Workspace
        ) async throws -> (code: Int32, text: String) {
            let certificates = try await Certificates.shared()
            let file = try workspace.write(
                Gateway.standing(certificates, ports: try freePorts(2)).overridden(by: settings).yaml,
                to: "\(UUID().uuidString).yaml")
            let child = try Child(Package.program(), command + ["--config", file], in: workspace)
            return (try await child.ended(), child.output + child.errors)
        }

        @Test func fullIsRefusedOfServersThatDoNotSyncAlways() async throws {
            let cluster = try await NATSCluster.start(syncsAlways: false)
            let full = cluster.settings.overridden(by: ["log.durability": "full", "log.jetstream.replicas": "3"])
            let serve = try await Self.run(["serve"], full, in: Workspace())
            #expect(serve.code == 78, "\(serve.text)")
            for words in ["log.durability", "n1", "2.15.1", "set sync_interval: always in its jetstream block"] {
                #expect(serve.text.contains(words), "\(words): \(serve.text)")
            }
            let check = try await Self.run(["check"], full, in: Workspace())
            #expect(check.code == 78 && check.text.contains("✗ log.durability full: full is not what NATS does"))
        }

        @Test func fullIsRefusedWhileAServerCannotBeAsked() async throws {
            let cluster = try await NATSCluster.start()
            let nowhere = "http://127.0.0.1:\(try freePorts(1)[0])"
            let full = cluster.settings.overridden(by: [
                "log.durability": "full", "log.jetstream.replicas": "3", "log.jetstream.monitor": "[\"\(nowhere)\"]",
            ])
            let serve = try await Self.run(["serve"], full, in: Workspace())
            #expect(serve.code == 1 && serve.text.contains("full can't be verified"), "\(serve.text)")
        }

        @Test func fullIsTakenOfThreeServersThatSyncAlways() async throws {
            let cluster = try await NATSCluster.start(3)
            try await cluster.run(gateways: 1, ["log.durability": "full"]) { gateways in
                let gateway = gateways[0]
                let ready = try await gateway.admin("/readyz")
                #expect(ready.body == "ready\ndurability: full: 3 servers say that they sync always\n")
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_log_durability", where: "full") == 1)
                #expect(metrics.sum("sluice_nats_monitors", where: "unanswered") == 0)
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":"1"}"#, token: gateway.backendToken())
                #expect(answer.status == 200 && answer["sluice-durability"] == "full", "\(answer)")
            }
        }

        @Test func whatIsKnownToLoseEventsIsSaidAtTheStart() async throws {
            let cluster = try await NATSCluster.start(1, .debian, syncsAlways: false)
            let check = try await Self.run(["check"], cluster.settings, in: Workspace())
            #expect(check.code == 0, "\(check.text)")
            for words in ["2.9.10", "nats-server #6888", "nats-server #7564", "log.jetstream.replicas 1"] {
                #expect(check.text.contains(words), "\(words): \(check.text)")
            }
        }

        // MARK: Streams

        @Test func streamsAreMadeOnceAndAWrongOneIsRefusedWithWords() async throws {
            let (cluster, workspace) = (try await NATSCluster.start(), try Workspace())
            let settings = cluster.settings.overridden(by: ["log.jetstream.create": "false"])
            let missing = try await Self.run(["serve"], settings, in: workspace)
            #expect(missing.code == 78 && missing.text.contains("sluice log create"), "\(missing.text)")
            let made = try await Self.run(["log", "create"], settings, in: workspace)
            #expect(
                made.code == 0 && made.text == "made the stream sluice\nmade the stream sluice_state\n", "\(made.text)")
            let again = try await Self.run(["log", "create"], settings, in: workspace)
            #expect(again.code == 0 && again.text.contains("nothing was made"), "\(again.text)")
            #expect(try await Self.run(["check"], settings, in: workspace).code == 0)

            let other = settings.overridden(by: ["log.retention.bytes": "1MiB", "log.retention.events": "10"])
            for command in [["serve"], ["check"], ["log", "create"]] {
                let refused = try await Self.run(command, other, in: workspace)
                #expect(refused.code == 78, "\(refused.text)")
                for words in ["max_bytes is 67108864, and should be 1048576", "max_msgs is 1000000, and should be 10"] {
                    #expect(refused.text.contains(words), "\(words): \(refused.text)")
                }
            }
        }

        @Test func aServerThatIsNotThereIsNoMistakeOfTheConfiguration() async throws {
            let nowhere: Settings = [
                "log.kind": "jetstream", "log.durability": "replicated",
                "log.jetstream.servers": "[\"nats://127.0.0.1:\(try freePorts(1)[0])\"]",
            ]
            for command in [["serve"], ["check"], ["log", "create"]] {
                let refused = try await Self.run(command, nowhere, in: Workspace())
                #expect(refused.code == 1 && refused.text.contains("no server of NATS lets"), "\(refused.text)")
            }
        }
    }
}
