// Promise: one address, one publisher and one user have their share, and others don't notice who takes more.

import Testing

extension Outside {
    @Suite(.alone) struct CallerLimitTests {
        /// What the ordinary user gets: how long its events are on their way, each of them acknowledged.
        private static func p99(_ gateway: Gateway) async throws -> Double {
            let report = try await gateway.client(
                "latency.py", "--reader", gateway.token("bob"), "--publisher", gateway.backendToken(), "--to",
                #"{"user":"bob"}"#, "--count", "300", "--rate", "150")
            let figures = try #require(report.first)
            #expect(figures.number("delivered") == 300 && figures.flag("inOrder"))
            return try #require(figures.number("p99"))
        }

        /// Half as long again as when it is quiet; or what two cores take that also run the flood, and a build.
        private static func expectUnmoved(_ p99: Double, quiet: Double) {
            #expect(p99 <= max(1.5 * quiet, 0.1), "p99 is \(p99) s, and \(quiet) s when it is quiet")
        }

        @Test func anAddressHasItsConnectionsAndOthersHaveTheirs() async throws {
            let settings: Settings = ["limits.per_address.connections": "2", "limits.per_address.exempt": "[]"]
            try await Gateway.run(settings) { gateway in
                let alice = try await gateway.token("alice")
                let first = try await gateway.open(alice, "--interface", "127.0.0.2")
                let second = try await gateway.open(alice, "--interface", "127.0.0.2")
                let third = try Child(
                    "curl",
                    ["--silent", "--cacert", gateway.certificates.authority, "--interface", "127.0.0.2", gateway.url],
                    in: gateway.workspace)
                #expect(try await third.ended() != 0)
                try await gateway.metric("sluice_refusals_total", where: "address-connections-limit", reaches: 1)
                for word in ["code=address-connections-limit", "client=127.0.0.2", "limits.per_address.exempt"] {
                    try await eventually("a line with \(word)") { gateway.child.errors.contains(word) }
                }
                let other = try await gateway.open(alice, "--interface", "127.0.0.3")
                first.close()
                try await eventually("a place of its own again") { try await gateway.metrics().connections == 2 }
                let next = try await gateway.open(alice, "--interface", "127.0.0.2")
                [second, other, next].forEach { $0.close() }
            }
        }

        @Test func aFloodOfHandshakesFromOneAddressIsHeldOff() async throws {
            let settings: Settings = [
                "limits.per_address.connections": "20", "limits.per_address.handshakes": "5",
                "limits.per_address.exempt": "[127.0.0.1]",
            ]
            try await Gateway.run(settings) { gateway in
                let quiet = try await Self.p99(gateway)
                let flood = try gateway.startClient(
                    "flood.py", ["--rate", "200", "--seconds", "4", "--hold", "300"])
                let p99 = try await Self.p99(gateway)
                let report = try #require(JSONLine.all(in: try await flood.succeeded()).first)
                // No more than it may hold, whatever it tries.
                #expect(report.number("held") == 20 && report.number("given") == 20)
                #expect(try #require(report.number("closed")) > 400)
                Self.expectUnmoved(p99, quiet: quiet)
            }
        }

        @Test func aFloodOfPublishesByOneTokenIsHeldOff() async throws {
            try await Gateway.run(["limits.per_publisher.events": "200"]) { gateway in
                let quiet = try await Self.p99(gateway)
                let token = try await gateway.token("flooder", "--publish", "user:*")
                let flood = try Child(
                    "curl",
                    [
                        "--silent", "--cacert", gateway.certificates.authority, "--header",
                        "Authorization: Bearer \(token)", "--header", "Content-Type: application/json",
                        "--data-binary", #"{"to":{"user":"nobody"},"data":"1"}"#, "--output", "/dev/null",
                        "--write-out", "%{http_code} %header{retry-after}\n", "\(gateway.url)/v1/publish?n=[1-4000]",
                    ], in: gateway.workspace)
                let p99 = try await Self.p99(gateway)
                let answers = try await flood.succeeded().split(separator: "\n")
                let refused = answers.filter { $0 == "429 1" }.count
                #expect(answers.count == 4000 && answers.filter { $0 == "200 " }.count + refused == 4000)
                #expect(refused > 1000)
                try await gateway.metric("sluice_refusals_total", where: "publish-rate", reaches: Double(refused))
                Self.expectUnmoved(p99, quiet: quiet)
            }
        }

        @Test func aUserThatOpensStreamsTooFastIsToldWhenToComeAgain() async throws {
            let settings: Settings = ["limits.streams_opened_per_user": "3", "limits.streams_per_user": "2"]
            try await Gateway.run(settings) { gateway in
                let alice = try await gateway.token("alice")
                for _ in 1...3 { try await gateway.open(alice).close() }
                let fourth = try await gateway.open(alice)
                #expect(try await fourth.ended() == 0)
                #expect(fourth.events.last?.event == "sluice.rejected")
                #expect(fourth.events.last?.data?.contains(#""code":"streams-opened-limit""#) == true)
                // A third of a minute, less what the first three took.
                let retry = fourth.child.output.firstMatch(of: /retry: (\d+)/).flatMap { Int($0.output.1) }
                #expect((10_000...20_000).contains(try #require(retry)))
                try await gateway.open(gateway.token("bob")).close()
            }
        }
    }
}
