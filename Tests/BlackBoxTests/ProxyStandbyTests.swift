// Promise: the files in `deploy` bring everybody to one gateway, so that every event reaches every stream, and to its
// standby only while that one takes nothing.

import Foundation
import Glibc
import Testing

extension Outside {
    @Suite struct ProxyStandbyTests {
        private static func publish(_ data: String, at proxy: Proxy, _ gateway: Gateway, _ token: String) async throws {
            let body = #"{"to":{"user":"alice"},"data":"\#(data)"}"#
            let answer = try await Curl.request(
                [
                    "--cacert", gateway.certificates.authority, "--header", "Authorization: Bearer \(token)",
                    "--header",
                    "Content-Type: application/json", "--data-binary", body, proxy.url + "/v1/publish",
                ], in: gateway.workspace)
            #expect(answer.status == 200)
        }

        @Test(arguments: Proxy.Kind.allCases)
        func eachPublishReachesEachStream(kind: Proxy.Kind) async throws {
            try await Proxy.between(kind) { gateways, proxy in
                let gateway = gateways.first
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                var streams: [Subscription] = []
                for _ in 0..<4 { streams.append(try await gateway.open(alice, at: proxy.url)) }
                for number in 1...4 { try await Self.publish("\(number)", at: proxy, gateway, backend) }
                for stream in streams {
                    #expect(try await stream.events(4).map(\.data) == ["1", "2", "3", "4"])
                    stream.close()
                }
                #expect(try await gateways.standby.metrics().sum("sluice_streams_opened_total") == 0)
            }
        }

        /// What the files shipped before, and what the check is for.
        @Test func theCheckFindsTwoLogsBehindOneAddress() async throws {
            let (one, two) = (" on-marked-up shutdown-backup-sessions", " fall 2 rise 1 backup")
            try await Proxy.between(.haproxy, changes: [(one, ""), (two, " fall 2 rise 1")]) { gateways, proxy in
                let check = try OriginChecking(Proxy.origin, at: proxy.url, gateways.first)
                #expect(try await check.ended() == 1)
                #expect(check.wrong.count == 1, "\(check.lines)")
                #expect(check.wrong.first?.hasPrefix("✗ event log: is 2 behind one address") == true, "\(check.lines)")
            }
        }

        @Test(arguments: Proxy.Kind.allCases)
        func theStandbyServesWhileTheGatewayIsAway(kind: Proxy.Kind) async throws {
            try await Proxy.pair { gateways in
                let first = try await Gateway.start(Proxy.settings)
                let proxy = try await Proxy.start(
                    kind, before: .init(first: first, standby: gateways.standby), changes: [])
                defer { proxy.end() }
                let alice = try await first.token("alice")
                let before = try await first.open(alice, at: proxy.url)
                try await Self.publish("before", at: proxy, first, try await first.backendToken())
                let id = try #require(try await before.events(1)[0].id)
                before.close()
                first.child.send(SIGKILL)
                _ = try await first.child.ended()
                try await eventually("an answer from the standby", otherwise: { proxy.transcript }) {
                    try await proxy.passesOn(first)
                }
                // Its log is another, and the stream is told so.
                let after = try await first.open(alice, at: proxy.url, "--header", "Last-Event-ID: \(id)")
                #expect(try await after.events(1).map(\.event) == ["sluice.gap"])
                #expect(try await gateways.standby.metrics().streams == 1)
                after.close()
            }
        }
    }
}
