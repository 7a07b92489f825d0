// Promise: of gateways that share a log any one tells who is connected at all of them, and ends streams at all of them;
// and says so where one does not answer.

import Foundation
import Testing

extension Outside {
    @Suite struct ClusterPeopleTests {
        private static func command(_ gateway: Gateway, _ arguments: [String]) async throws -> String {
            try await Child(
                Package.program(), arguments,
                environment: [
                    "SLUICE_URL": gateway.url, "SLUICE_CA": gateway.certificates.authority,
                    "SLUICE_TOKEN": try await gateway.token("root", "--admin"),
                ], in: gateway.workspace
            ).succeeded()
        }

        /// Users with their streams, as a node tells them.
        private static func users(at gateway: Gateway) async throws -> [String: Int] {
            let lines = JSONLine.all(in: try await command(gateway, ["users"]))
            return Dictionary(lines.map { ($0.text("user") ?? "", Int($0.number("streams") ?? 0)) }) { $0 + $1 }
        }

        private static func streams(
            toldFor user: String, at gateway: Gateway, _ token: String
        ) async throws -> Double? {
            let answer = try await gateway.publish(#"{"to":{"user":"\#(user)"},"data":"x"}"#, token: token)
            return JSONLine.all(in: answer.body).first?.number("streams")
        }

        @Test func anyNodeTellsWhoIsConnectedAnywhere() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2, ["limits.streams_per_user": "3"]) { gateways in
                let (alice, bob) = (try await gateways[0].token("alice"), try await gateways[0].token("bob"))
                let open = [
                    try await gateways[0].open(alice), try await gateways[1].open(alice),
                    try await gateways[1].open(bob),
                ]
                for gateway in gateways {
                    try await eventually("both are known", otherwise: { gateway.child.transcript }) {
                        try await Self.users(at: gateway) == ["alice": 2, "bob": 1]
                    }
                    let listed = JSONLine.all(in: try await Self.command(gateway, ["users", "alice"]))
                    #expect(listed.count == 2 && Set(listed.compactMap { $0.text("node") }).count == 2, "\(listed)")
                    let backend = try await gateway.backendToken()
                    #expect(try await Self.streams(toldFor: "alice", at: gateway, backend) == 2)
                }
                // The limit is one for all nodes.
                let third = try await gateways[0].open(alice)
                try await eventually("the other knows it") {
                    try await Self.users(at: gateways[1])["alice"] == 3
                }
                let fourth = try await gateways[1].open(alice)
                #expect(try await fourth.events(1).last?.data?.contains("streams-per-user") == true)
                for stream in open + [third, fourth] { stream.close() }
                try await eventually("nobody is left") { try await Self.users(at: gateways[0]).isEmpty }
            }
        }

        @Test func aKickAtOneNodeEndsStreamsAtAll() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 3) { gateways in
                let (alice, bob) = (try await gateways[0].token("alice"), try await gateways[0].token("bob"))
                var streams: [Subscription] = []
                for gateway in gateways { streams.append(try await gateway.open(alice)) }
                let other = try await gateways[2].open(bob)
                // Nodes tell each other that they are there once a second.
                for gateway in gateways { try await gateway.metric("sluice_cluster_nodes", reaches: 3) }
                let backend = try await gateways[0].backendToken()
                _ = try await Self.streams(toldFor: "alice", at: gateways[1], backend)
                let ended = try await Self.command(gateways[2], ["kick", "alice"])
                #expect(ended == "{\"streamsEnded\":3}\n")
                for stream in streams {
                    #expect(try await stream.ended(within: .seconds(2)) == 0)
                    #expect(stream.data.first == "x" && stream.data.last?.contains("disconnected") == true)
                }
                #expect(other.events.isEmpty)

                let again = [try await gateways[0].open(alice), try await gateways[1].open(alice)]
                let listed = JSONLine.all(in: try await Self.command(gateways[2], ["users", "alice"]))
                let (name, node) = try (
                    #require(listed.first?.text("stream")), #require(listed.first?.text("node"))
                )
                let one = try await Self.command(gateways[2], ["kick", "alice", "--stream", name, "--node", node])
                #expect(one == "{\"streamsEnded\":1}\n")
                #expect(JSONLine.all(in: try await Self.command(gateways[0], ["users", "alice"])).count == 1)
                for stream in again + [other] { stream.close() }
            }
        }

        /// One node stands still, and dies then: it is named, and what it had is forgotten.
        @Test func aNodeThatDoesNotAnswerIsNamedAndForgotten() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 1) { gateways in
                let gateway = gateways[0]
                let dying = try await Gateway.start(cluster.settings)
                let alice = try await gateway.token("alice")
                let streams = [try await gateway.open(alice), try await dying.open(alice)]
                try await eventually("both are known") { try await Self.users(at: gateway) == ["alice": 2] }
                dying.child.send(SIGSTOP)
                // Both at once: before it is forgotten.
                async let list = gateway.request(
                    "/v1/users/alice/streams", token: gateway.token("root", "--admin"))
                async let kick = Self.command(gateway, ["kick", "alice"])
                let (listed, ended) = try await (list, kick)
                #expect(listed.body.contains(#""unanswered":[""#), "\(listed.body)")
                #expect(ended.hasPrefix(#"{"streamsEnded":1,"unanswered":[""#), "\(ended)")
                #expect(try await streams[0].ended(within: .seconds(2)) == 0)
                dying.child.send(SIGKILL)
                try await eventually("it is forgotten", within: .seconds(15)) {
                    try await Self.users(at: gateway).isEmpty
                }
                streams[1].close()
            }
        }
    }
}
