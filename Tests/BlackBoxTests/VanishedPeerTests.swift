// Promise: what vanishes without a word is noticed: peers whose machine is gone, and a name service that is.

import Foundation
import Testing

extension Outside {
    @Suite struct VanishedPeerTests {
        // MARK: Peers

        /// Their kernel acknowledges nothing: a write, a ping or a deadline has to find them.
        @Test func peersThatAreGoneHoldNothingForLong() async throws {
            let settings: Settings = [
                "tls.handshake_timeout": "3s", "limits.idle_timeout": "3s", "limits.head_timeout": "3s",
                "limits.unacknowledged": "3s", "stream.heartbeat": "500ms", "http2.ping_interval": "1s",
                "http2.ping_timeout": "3s",
            ]
            try await Gateway.run(settings) { gateway in
                let peers = try gateway.startClient("vanish.py", ["--token", try await gateway.token("alice")])
                try await eventually("peers that have vanished", otherwise: { peers.transcript }) {
                    JSONLine.all(in: peers.output).contains { $0.number("vanished") == 5 }
                }
                try await eventually("nobody there", within: .seconds(30)) {
                    let metrics = try await gateway.metrics()
                    return metrics.streams == 0 && metrics.connections == 0
                }
                #expect(peers.exitCode == nil, "they went: \(peers.transcript)")
                peers.end()
            }
        }

        // MARK: The name service

        private static func slowNames(_ workspace: Workspace) async throws -> [String: String] {
            let library = workspace.path("slow_names.so")
            let compiler = try Child(
                "cc", ["-shared", "-fPIC", "-O1", "-o", library, Package.client("slow_names.c"), "-ldl"], in: workspace)
            _ = try await compiler.succeeded()
            return ["LD_PRELOAD": library, "SLOW_NAMES": ".example"]
        }

        /// A token of the issuer whose host can't be found, with a signature of zeros.
        private static func token() throws -> String {
            let claims = #"{"iss":"https://hangs.example","sub":"carol","aud":"sluice","exp":4102444800}"#
            let parts = [Data(#"{"alg":"RS256","kid":"k"}"#.utf8), Data(claims.utf8), Data(count: 256)]
            return parts.map {
                $0.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            }.joined(separator: ".")
        }

        @Test func aNameServiceThatHangsHoldsUpNoEventAndNoProbe() async throws {
            let workspace = try Workspace()
            let settings: Settings = [
                "auth.issuers": #"[{issuer: "https://hangs.example", discovery: true, audience: sluice}]"#,
                "auth.fetch.cooldown": "1s", "listen.event_loops": "1",
            ]
            try await Gateway.run(settings, environment: Self.slowNames(workspace)) { gateway in
                async let kept = gateway.request(
                    "/v1/publish", "--json", #"{"to":{"everyone":true},"data":1}"#, token: Self.token())
                let figures = try await gateway.client(
                    "latency.py", "--reader", gateway.token("bob"), "--publisher", gateway.backendToken(), "--to",
                    #"{"user":"bob"}"#, "--count", "200", "--rate", "50")
                let seen = try #require(figures.first)
                #expect(seen.number("delivered") == 200 && seen.flag("inOrder") == true)
                #expect(try #require(seen.number("longest")) < 10, "\(figures)")
                let refused = try await kept
                #expect(refused.status == 503 && refused.body.contains("keys-unavailable"), "\(refused)")
                try await gateway.probeInTime("/livez")
                try await eventually("word of it", otherwise: { gateway.child.transcript }) {
                    gateway.child.errors.contains("did not answer within")
                }
            }
        }

        /// More names hang than there are event loops that fetch keys.
        @Test func issuersWhoseNamesHangKeepNoOthersKeysAway() async throws {
            let workspace = try Workspace()
            let provider = try await OpenIDProvider.start()
            let hanging = (0..<2 * ProcessInfo.processInfo.activeProcessorCount).map {
                #"{issuer: "https://\#($0).hangs.example", discovery: true, audience: sluice}"#
            }
            let settings: Settings = [
                "auth.issuers": "[\(hanging.joined(separator: ", ")), \(provider.issuers.dropFirst())",
                "auth.grants": #"{"role:editor": {publish: ["user:*"]}}"#,
            ]
            try await Gateway.run(settings, environment: Self.slowNames(workspace)) { gateway in
                try await gateway.metric("sluice_key_fetches_total", where: #"result="ok""#, reaches: 2)
                let client = try gateway.startClient("openid.py", ["--provider", "\(provider.port)", "token"])
                let said = try #require(JSONLine.all(in: try await client.succeeded()).last, "\(client.transcript)")
                let published = try await gateway.request(
                    "/v1/publish", "--json", #"{"to":{"user":"alice"},"data":1}"#,
                    token: said.text("token"))
                #expect(published.status == 200, "\(published)")
            }
            try await provider.end()
        }
    }
}
