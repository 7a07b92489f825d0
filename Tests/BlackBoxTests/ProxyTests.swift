// Promise: behind nginx and HAProxy, set up as in `deploy`, events come at once, streams stay, and resuming, cookies
// and CORS work as they do without.

import Foundation
import Testing

extension Outside {
    @Suite struct ProxyTests {
        private static func publish(_ data: String, _ gateway: Gateway, _ token: String) async throws {
            let answer = try await gateway.publish(#"{"to":{"user":"alice"},"data":"\#(data)"}"#, token: token)
            #expect(answer.status == 200)
        }

        @Test(arguments: Proxy.Kind.allCases, ["--http1.1", "--http2"])
        func anEventComesAtOnceAndHeartbeatsPass(kind: Proxy.Kind, version: String) async throws {
            try await Proxy.behind(kind) { gateway, proxy in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let stream = try await gateway.open(alice, at: proxy.url, version)
                let before = stream.comments
                try await Self.publish("at once", gateway, backend)
                let start = ContinuousClock.now
                try await stream.events(1, within: .seconds(5))
                let took = ContinuousClock.now - start
                #expect(took < .seconds(3), "the event came \(took) behind the answer to its publisher")
                // Heartbeats come while nothing else does, so two more are two quiet spells.
                try await eventually("heartbeats through the proxy", within: .seconds(10)) {
                    stream.comments >= before + 3
                }
                try await Self.publish("still there", gateway, backend)
                #expect(try await stream.events(2).map(\.data) == ["at once", "still there"])
                stream.close()
            }
        }

        @Test(arguments: Proxy.Kind.allCases)
        func aStreamResumesThroughIt(kind: Proxy.Kind) async throws {
            try await Proxy.behind(kind) { gateway, proxy in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let first = try await gateway.open(alice, at: proxy.url)
                for number in 1...3 { try await Self.publish("\(number)", gateway, backend) }
                let id = try #require(try await first.events(3)[0].id)
                first.close()
                let second = try await gateway.open(alice, at: proxy.url, "--header", "Last-Event-ID: \(id)")
                #expect(try await second.events(2).map(\.data) == ["2", "3"])
                second.close()
            }
        }

        @Test(arguments: Proxy.Kind.allCases)
        func publishersAreServedThroughIt(kind: Proxy.Kind) async throws {
            try await Proxy.behind(kind) { gateway, proxy in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let stream = try await gateway.open(alice)
                let child = try Child(
                    Package.program(),
                    [
                        "publish", "--url", proxy.url, "--ca", gateway.certificates.authority, "--token", backend,
                        "--to-user", "alice", "--data", "by proxy",
                    ], in: gateway.workspace)
                try await child.succeeded()
                #expect(try await stream.events(1).map(\.data) == ["by proxy"])
                stream.close()
            }
        }

        @Test(arguments: [
            (Proxy.Kind.nginx, "proxy_ssl_name localhost"), (.haproxy, "sni str(localhost)"),
        ])
        func aGatewayOfAnotherNameIsNotSpokenTo(kind: Proxy.Kind, setting: String) async throws {
            try await Proxy.between(kind) { gateways, good in
                good.end()
                let other = setting.replacing("localhost", with: "other.example")
                await #expect(throws: NotInTime.self) {
                    try await Proxy.start(
                        kind, before: gateways, changes: [(setting, other)], within: .seconds(2))
                }
            }
        }

        /// HAProxy alone asks gateways whether they are ready.
        @Test(arguments: [Proxy.Kind.haproxy, .haproxyPassthrough])
        func aGatewayThatIsNotReadyGetsNothing(kind: Proxy.Kind) async throws {
            let nobody = try freePorts(1)[0]
            try await Proxy.pair { gateways in
                let ready = "port \(gateways.first.adminPort)"
                let proxy = try Proxy.launch(kind, before: gateways, changes: [(ready, "port \(nobody)")])
                defer { proxy.end() }
                try await eventually("a check that fails", otherwise: { proxy.transcript }) {
                    proxy.transcript.contains("gateways/gateway1 is DOWN")
                }
                let stream = try await gateways.first.open(gateways.first.token("alice"), at: proxy.url)
                #expect(try await gateways.standby.metrics().streams == 1)
                #expect(try await gateways.first.metrics().streams == 0)
                stream.close()
            }
        }
    }
}
