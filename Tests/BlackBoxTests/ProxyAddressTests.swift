// Promise: behind a proxy that is trusted the gateway knows its client's address, by the PROXY protocol or by the field
// that the proxy writes; and nobody else's word about it counts.

import Testing

extension Outside {
    @Suite struct ProxyAddressTests {
        /// How a proxy tells whom it brings, and what to change in its file for it.
        enum Way: String, CaseIterable, Sendable {
            case haproxyVersion1, haproxyVersion2, nginxStream, haproxyField, haproxyForwarded, nginxField

            var kind: Proxy.Kind {
                switch self {
                case .haproxyVersion1, .haproxyVersion2: .haproxyPassthrough
                case .nginxStream: .nginxPassthrough
                case .haproxyField, .haproxyForwarded: .haproxy
                case .nginxField: .nginx
                }
            }

            /// The files that end TLS say it as they are; those that let it pass only when both sides are switched.
            var changes: [(String, String)] { change.map { [$0] } ?? [] }

            private var change: (String, String)? {
                switch self {
                case .haproxyVersion1: (" fall 2 rise 1", " fall 2 rise 1 send-proxy")
                case .haproxyVersion2: (" fall 2 rise 1", " fall 2 rise 1 send-proxy-v2")
                case .nginxStream: ("proxy_connect_timeout 5s;", "proxy_connect_timeout 5s; proxy_protocol on;")
                case .haproxyField, .nginxField: nil
                case .haproxyForwarded:
                    (
                        "option forwardfor",
                        "http-request add-header Forwarded for=%[src];proto=https"
                    )
                }
            }

            var settings: Settings {
                switch self {
                case .haproxyVersion1, .haproxyVersion2, .nginxStream: ["listen.proxy_protocol.from": "[127.0.0.1]"]
                case .haproxyField, .nginxField: ["listen.forwarded.from": "[127.0.0.1]"]
                case .haproxyForwarded:
                    ["listen.forwarded.from": "[127.0.0.1]", "listen.forwarded.field": "forwarded"]
                }
            }
        }

        /// What a client says of itself, in the hope of being believed.
        private static let spoof = [
            "--header", "X-Forwarded-For: 192.0.2.66", "--header", "Forwarded: for=192.0.2.66",
        ]

        private static func ask(
            _ gateway: Gateway, at url: String? = nil, from source: String, _ options: String...
        ) async throws -> (code: Int32, status: String) {
            let curl = try Child(
                "curl",
                [
                    "--silent", "--max-time", "10", "--cacert", gateway.certificates.authority, "--output",
                    "/dev/null", "--write-out", "%{http_code}", "--interface", source,
                    (url ?? gateway.url) + "/v1/stream",
                ] + spoof + options, in: gateway.workspace)
            return (try await curl.ended(), curl.output)
        }

        @Test(arguments: Way.allCases) func theClientsOwnAddressIsKnown(way: Way) async throws {
            try await Proxy.behind(way.kind, settings: way.settings, changes: way.changes) { gateway, proxy in
                let answer = try await Self.ask(gateway, at: proxy.url, from: "127.0.0.7")
                #expect(answer.status == "401")
                try await eventually("a line with the address", otherwise: { gateway.child.errors }) {
                    gateway.child.errors.contains("client=127.0.0.7")
                }
                #expect(!gateway.child.errors.contains("192.0.2.66"))
                let stream = try await gateway.open(gateway.token("alice"), at: proxy.url)
                let body = #"{"to":{"user":"alice"},"data":"1"}"#
                #expect(try await gateway.publishPast(way, body) == 200)
                #expect(try await stream.events(1).map(\.data) == ["1"])
                stream.close()
            }
        }

        @Test func nobodyElseIsBelieved() async throws {
            let settings: Settings = [
                "listen.proxy_protocol.from": "[127.0.0.9]", "listen.forwarded.from": "[127.0.0.10]",
            ]
            try await Gateway.run(settings) { gateway in
                #expect(try await Self.ask(gateway, from: "127.0.0.7").status == "401")
                try await eventually("a line") { gateway.child.errors.contains("client=127.0.0.7") }
                #expect(!gateway.child.errors.contains("192.0.2.66"))
                let spoofed = try await Self.ask(gateway, from: "127.0.0.7", "--haproxy-protocol")
                #expect(spoofed.code != 0 && spoofed.status == "000")
                try await gateway.metric("sluice_refusals_total", where: "proxy-protocol", reaches: 1)
            }
        }

        /// HAProxy's specification, section 2: who is told to expect the header must not guess.
        @Test func fromATrustedProxyTheHeaderIsRequired() async throws {
            try await Gateway.run(["listen.proxy_protocol.from": "[127.0.0.9]"]) { gateway in
                let without = try await Self.ask(gateway, from: "127.0.0.9")
                #expect(without.code != 0 && without.status == "000")
                try await gateway.metric("sluice_refusals_total", where: "proxy-header-missing", reaches: 1)
                try await eventually("a line") {
                    gateway.child.errors.contains("code=proxy-header-missing")
                        && gateway.child.errors.contains("client=127.0.0.9")
                }
                #expect(try await Self.ask(gateway, from: "127.0.0.9", "--haproxy-protocol").status == "401")
            }
        }

        @Test func aHeaderThatDoesNotComeHasADeadline() async throws {
            let settings: Settings = [
                "listen.proxy_protocol.from": "[127.0.0.1]", "tls.handshake_timeout": "500ms",
            ]
            try await Gateway.run(settings) { gateway in
                // Says how many microseconds it took, and nothing when there was no connection.
                let script = #"""
                    began=${EPOCHREALTIME/[.,]/}
                    exec 3<>/dev/tcp/127.0.0.1/$1
                    printf 'PROXY TCP4 192.' >&3
                    cat <&3
                    echo $((${EPOCHREALTIME/[.,]/} - began))
                    """#
                let slow = try Child("bash", ["-c", script, "bash", "\(gateway.port)"], in: gateway.workspace)
                _ = try await slow.ended(within: .seconds(5))
                let took = try #require(slow.outputLines.first.flatMap { Int($0) }, "\(slow.transcript)")
                #expect(took >= 400_000, "before that, somebody else has closed it")
            }
        }
    }
}

extension Gateway {
    /// Publishes without the proxy, as one where it has to speak the PROXY protocol.
    fileprivate func publishPast(_ way: Outside.ProxyAddressTests.Way, _ body: String) async throws -> Int {
        let needsHeader = way.settings["listen.proxy_protocol.from"] != nil
        let curl = [
            "--cacert", certificates.authority, "--header", "Authorization: Bearer \(try await backendToken())",
            "--header", "Content-Type: application/json", "--data-binary", body, url + "/v1/publish",
        ]
        return try await Curl.request(curl + (needsHeader ? ["--haproxy-protocol"] : []), in: workspace).status
    }
}
