// Promise: of gateways that share a log any one tells who is connected at all of them, pages and administrators, and
// ends streams at all of them; and says so where one does not answer.

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
                try await gateways[2].metric("sluice_log_window_bytes", reaches: 1)
                let metrics = try await gateways[2].metrics()
                #expect(metrics.sum("sluice_log_window_limit_bytes") >= metrics.sum("sluice_log_window_bytes"))
                #expect(metrics.sum("sluice_cluster_presence_limit_bytes") == 67_108_864)
                let age = Date().timeIntervalSince1970 - metrics.sum("sluice_log_oldest_event_timestamp_seconds")
                #expect((-1...60).contains(age), "of an event that another node has published")
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

        @Test func aRevocationAtOneNodeEndsStreamsAtAllAndCountsThem() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2) { gateways in
                let (alice, bob) = (try await gateways[0].token("alice"), try await gateways[0].token("bob"))
                let streams = [
                    try await gateways[0].open(alice), try await gateways[1].open(alice),
                    try await gateways[1].open(alice),
                ]
                let other = try await gateways[1].open(bob)
                for gateway in gateways { try await gateway.metric("sluice_cluster_nodes", reaches: 2) }
                let ended = try await Self.command(gateways[0], ["revoke", "--sub", "alice"])
                #expect(ended == "{\"streamsEnded\":3}\n")
                for stream in streams {
                    #expect(try await stream.ended(within: .seconds(2)) == 0)
                    #expect(stream.data.last?.contains("token-revoked") == true)
                }
                // It was so before; nobody is left.
                #expect(try await Self.command(gateways[1], ["revoke", "--sub", "alice"]) == "{\"streamsEnded\":0}\n")
                #expect(other.events.isEmpty)
                other.close()
            }
        }

        private static func presence(_ stream: Subscription) -> [String] {
            stream.events.filter { $0.event == "sluice.presence" }.compactMap(\.data)
        }

        private static func told(_ stream: Subscription, _ data: String, within limit: Duration) async throws {
            try await eventually(data, within: limit, otherwise: { stream.child.transcript }) {
                presence(stream).last == data
            }
        }

        @Test func aPageIsToldWhoIsAtAnyNodeAndWhoHasGoneWithOneThatDied() async throws {
            let cluster = try await NATSCluster.start()
            let settings: Settings = ["presence.topics": "[\"room/*\"]", "presence.debounce": "2s"]
            try await cluster.run(gateways: 1, settings) { gateways in
                let gateway = gateways[0]
                let dying = try await Gateway.start(cluster.settings.overridden(by: settings))
                let open = { (gateway: Gateway, user: String) async throws in
                    try await gateway.open(
                        try await gateway.token(user, "--subscribe", "*"), query: "?topic=room%2F1", at: nil)
                }
                let alice = try await open(gateway, "alice")
                var others = [try await open(dying, "bob"), try await open(dying, "carol")]
                for stream in [alice] + others {
                    try await eventually("all", otherwise: { stream.child.transcript }) {
                        Self.presence(stream).last?.contains(#""online":3"#) == true
                    }
                }
                let next = try await open(gateway, "alice")
                others.append(try await open(dying, "carol"))
                let all = #"{"topic":"room/1","members":["alice","bob","carol"],"online":3}"#
                for stream in [next, others[2]] { try await Self.told(stream, all, within: .seconds(5)) }
                // Bob goes to the other in time: only carol has gone.
                let count = Self.presence(alice).count
                dying.child.send(SIGKILL)
                let bob = try await open(gateway, "bob")
                let gone = #"{"topic":"room/1","joined":[],"left":["carol"],"online":2}"#
                try await Self.told(alice, gone, within: .seconds(15))
                #expect(Self.presence(alice).count == count + 1, "\(alice.child.transcript)")
                for stream in others + [alice, next, bob] { stream.close() }
                try await eventually("nothing is kept") {
                    try await gateway.metrics().sum("sluice_presence_bytes") == 0
                }
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
