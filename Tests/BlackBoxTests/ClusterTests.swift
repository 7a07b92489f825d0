// Promise: gateways that share a log serve the same users. Who publishes at one reaches streams at all, a stream goes
// on at another where it was, and while NATS is away nothing is lost and everybody is told.

import Foundation
import Testing

extension Outside {
    @Suite struct ClusterTests {
        private static func publish(_ number: Int, at gateway: Gateway, _ token: String) async throws -> Answer {
            try await gateway.publish(#"{"to":{"user":"alice"},"data":"\#(number)"}"#, token: token)
        }

        @Test func aPublishAtOneNodeReachesStreamsAtAll() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2) { gateways in
                let (token, backend) = (try await gateways[0].token("alice"), try await gateways[0].backendToken())
                let streams = [try await gateways[0].open(token), try await gateways[1].open(token)]
                let other = try await gateways[1].open(gateways[1].token("bob"))
                for number in 1...4 {
                    let answer = try await Self.publish(number, at: gateways[number % 2], backend)
                    #expect(answer.status == 200, "\(answer)")
                    #expect(answer["sluice-durability"] == "single", "one server alone holds it")
                }
                for stream in streams {
                    #expect(try await stream.events(4).map(\.data) == ["1", "2", "3", "4"])
                }
                let ids = streams.map { $0.events.map(\.id) }
                #expect(ids[0] == ids[1], "an event has one id, whoever delivers it")
                #expect(other.events.isEmpty)
                for stream in streams + [other] { stream.close() }
            }
        }

        @Test func aStreamGoesOnAtAnotherNode() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2) { gateways in
                let (token, backend) = (try await gateways[0].token("alice"), try await gateways[0].backendToken())
                let first = try await gateways[0].open(token)
                _ = try await Self.publish(1, at: gateways[1], backend)
                let id = try #require(try await first.events(1).first?.id)
                first.close()
                for number in 2...3 { _ = try await Self.publish(number, at: gateways[0], backend) }
                let second = try await gateways[1].open(token, "--header", "Last-Event-ID: \(id)")
                #expect(try await second.events(2).map(\.data) == ["2", "3"])
                // An id that this node has not tailed yet is waited for.
                let answer = try await Self.publish(4, at: gateways[0], backend)
                let newest = try #require(JSONLine.all(in: answer.body).first?.text("id"))
                let third = try await gateways[1].open(token, "--header", "Last-Event-ID: \(newest)")
                _ = try await Self.publish(5, at: gateways[0], backend)
                #expect(try await third.events(1).map(\.data) == ["5"])
                #expect(try await second.events(4).map(\.data) == ["2", "3", "4", "5"])
                for stream in [second, third] { stream.close() }
            }
        }

        @Test func whileNATSIsAwayNothingIsLostAndEverybodyIsTold() async throws {
            let cluster = try await NATSCluster.start()
            try await cluster.run(gateways: 2) { gateways in
                let (token, backend) = (try await gateways[0].token("alice"), try await gateways[0].backendToken())
                let streams = [try await gateways[0].open(token), try await gateways[1].open(token)]
                _ = try await Self.publish(1, at: gateways[0], backend)
                for stream in streams { try await stream.events(1) }

                cluster.servers[0].kill()
                for gateway in gateways {
                    try await eventually("the probe for publishers is red", otherwise: { gateway.child.transcript }) {
                        try await gateway.admin("/readyz?for=publish").status == 503
                    }
                }
                for stream in streams { #expect(try await stream.events(2).last?.event == "sluice.delayed") }
                let refusal = try await Self.publish(2, at: gateways[0], backend)
                #expect(refusal.status == 503 && refusal["retry-after"] != nil, "\(refusal)")
                for gateway in gateways {
                    #expect(try await gateway.admin("/readyz?for=streams").status == 200, "no other node is better")
                    #expect(try await gateway.admin("/livez").status == 200)
                }

                try await cluster.servers[0].start()
                try await eventually("publishing works again", otherwise: { gateways[1].child.transcript }) {
                    try await Self.publish(3, at: gateways[1], backend).status == 200
                }
                for stream in streams {
                    try await eventually("the stream is current", otherwise: { stream.child.transcript }) {
                        stream.events.contains { $0.event == "sluice.current" } && stream.data.contains("3")
                    }
                    #expect(!stream.events.contains { $0.event == "sluice.gap" })
                    stream.close()
                }
            }
        }

        /// A relay between one node and NATS can be cut, as a cable can.
        @Test func aNodeThatAloneIsCutOffSaysSoAndSendsItsStreamsAway() async throws {
            let cluster = try await NATSCluster.start()
            let relay = try Relay(to: cluster.servers[0].port)
            try await relay.start()
            let changes: Settings = [
                "log.jetstream.servers": #"["nats://127.0.0.1:\#(relay.port)"]"#, "log.jetstream.give_up": "2s",
                "shutdown.drain": "500ms",
            ]
            try await cluster.run(gateways: 1) { gateways in
                let alone = try await Gateway.start(cluster.settings.overridden(by: changes))
                let stream = try await alone.open(alone.token("alice"))
                try await relay.cut()
                try await eventually("the probe for streams is red", otherwise: { alone.child.transcript }) {
                    try await alone.admin("/readyz?for=streams").status == 503
                }
                #expect(try await alone.admin("/livez").status == 200)
                #expect(try await gateways[0].admin("/readyz").status == 200)
                #expect(try await stream.ended() == 0)
                #expect(stream.events.map(\.event) == ["sluice.delayed"])
                try await alone.metric("sluice_streams_closed_total", where: "log-cut-off", reaches: 1)

                try await relay.start()
                try await eventually("it is ready again", otherwise: { alone.child.transcript }) {
                    try await alone.admin("/readyz").status == 200
                }
                try await alone.backToBaseline()
                try await alone.stop()
            }
        }
    }
}

/// Passes TCP connections on, until it is cut.
private final class Relay: Sendable {
    let port: Int
    private let target: Int
    private let workspace: Workspace
    private let running = Running()

    private actor Running {
        var child: Child?

        func replace(_ child: Child?) {
            self.child?.end()
            self.child = child
        }
    }

    init(to target: Int) throws {
        (port, self.target, workspace) = (try freePorts(1)[0], target, try Workspace())
    }

    func start() async throws {
        let file = try workspace.write(
            """
            defaults
                mode tcp
                timeout connect 5s
                timeout client 60s
                timeout server 60s
            listen relay
                bind 127.0.0.1:\(port)
                server target 127.0.0.1:\(target)

            """, to: "relay.cfg")
        let child = try Child("haproxy", ["-db", "-f", file], environment: ["PATH": Proxy.path], in: workspace)
        await running.replace(child)
    }

    func cut() async throws { await running.replace(nil) }
}
