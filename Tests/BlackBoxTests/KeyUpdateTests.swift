// Promise: a client may change its keys for as long as its stream lives, and who does nothing else is sent away
// cheaply.

import Testing

extension Outside {
    @Suite(.alone) struct KeyUpdateTests {
        /// A stream by `s_client`, which takes `k` and `K` at a read's beginning for KeyUpdate (RFC 8446 §4.6.3).
        private static let script = #"""
            { printf 'GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n' "$3"; sleep 0.5
              for number in $(seq "$5"); do printf "$4\n"; sleep "$6"; done; sleep 20; } |
              openssl s_client -connect "localhost:$1" -servername localhost -CAfile "$2" -verify_return_error \
                -tls1_3 -alpn http/1.1
            """#

        private static func client(
            _ gateway: Gateway, _ key: String, times: Int, pause: String
        ) async throws -> Child {
            try Child(
                "sh",
                [
                    "-c", script, "sh", "\(gateway.port)", gateway.certificates.authority,
                    try await gateway.token("alice"), key, "\(times)", pause,
                ], in: gateway.workspace)
        }

        private static func updates(_ client: Child) -> Int {
            (client.output + client.errors).matches(of: /KEYUPDATE/).count
        }

        @Test(arguments: ["k", "K"]) func aStreamOutlives33OfThem(key: String) async throws {
            try await Gateway.run { gateway in
                let client = try await Self.client(gateway, key, times: 33, pause: "0.05")
                try await eventually("33 key updates", otherwise: { client.transcript }) {
                    Self.updates(client) == 33
                }
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":"behind them"}"#, token: gateway.backendToken())
                #expect(answer.json["streams"] as? Int == 1)
                try await eventually("the event", otherwise: { client.transcript }) {
                    client.output.contains("behind them")
                }
                client.end()
            }
        }

        /// What is sent beyond the budget costs nothing, because nobody reads it: so ten floods cost no more than their
        /// handshakes and 64 records each.
        @Test func aFloodEndsItsStreamAndCostsLittle() async throws {
            try await Gateway.run { gateway in
                let before = try gateway.processorSeconds()
                var clients: [Child] = []
                for _ in 0..<10 { clients.append(try await Self.client(gateway, "K", times: 400, pause: "0.005")) }
                try await gateway.metric("sluice_streams", reaches: 10)
                try await eventually("the end of all", within: .seconds(20)) {
                    try await gateway.metrics().sum("sluice_streams") == 0
                }
                let seconds = try gateway.processorSeconds() - before
                #expect(seconds < 1, "\(seconds) s of a core for 10 connections and 640 records that are read")
                for client in clients { client.end() }
            }
        }
    }
}
