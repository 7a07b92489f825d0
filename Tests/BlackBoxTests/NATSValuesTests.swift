// Promise: what deploy/ has for NATS is what NATS takes and what gateways need: the values for its own chart, with the
// rights of the gateways' user, and a unit that forbids it nothing.

import Foundation
import Testing

extension Outside {
    @Suite struct NATSValuesTests {
        private static func run(_ command: [String], in workspace: Workspace) async throws -> Child {
            let child = try Child(Package.program(), command, in: workspace)
            #expect(try await child.ended() == 0, "\(child.transcript)")
            return child
        }

        /// A gateway, and each command, with what the values let their user do: not more.
        @Test func theRightsOfTheGatewaysUserSuffice() async throws {
            let (workspace, port) = (try Workspace(), try freePorts(1)[0])
            let values = try await Child(
                Package.python(),
                [Package.client("nats_values.py"), Package.path("deploy/helm/nats-values.yaml"), "not guessed"],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: workspace
            ).succeeded()
            let server = try await NATSServer.start(.current, "\(values)\nhttp: 127.0.0.1:\(port)")
            let password = try workspace.write("not guessed", to: "password")
            let gateway = try await Gateway.start([
                "log.kind": "jetstream", "log.durability": "replicated",
                "log.jetstream.servers": "[\"nats://127.0.0.1:\(server.port)\"]",
                "log.jetstream.monitor": "[\"http://127.0.0.1:\(port)\"]", "log.jetstream.replicas": "1",
                "log.jetstream.create": "true", "log.jetstream.user": "sluice", "log.jetstream.password_file": password,
            ])
            let stream = try await gateway.open(try await gateway.token("alice"))
            let answer = try await gateway.publish(
                #"{"to":{"user":"alice"},"data":"1"}"#, token: try await gateway.backendToken())
            #expect(answer.status == 200, "\(answer)")
            #expect(try await stream.events(1).map(\.data) == ["1"])
            let admin = try await gateway.token("admin", ttl: "1h", "--admin")
            let asAdmin = ["--url", gateway.url, "--ca", gateway.certificates.authority, "--token", admin]
            #expect(try await Self.run(["users", "alice"] + asAdmin, in: workspace).output.contains("\"node\""))
            let kicked = try await Self.run(["kick", "alice"] + asAdmin, in: workspace).output
            #expect(kicked.contains("\"streamsEnded\":1"), "\(kicked)")
            let file = gateway.workspace.path("sluice.yaml")
            for command in [["stats"], ["verify"], ["backup", workspace.path("backup")]] {
                _ = try await Self.run(["log"] + command + ["--config", file], in: workspace)
            }
            try await gateway.backToBaseline()
            try await gateway.stop()
            _ = try await Self.run(["log", "restore", workspace.path("backup"), "--config", file], in: workspace)
        }
    }
}
