// Promise: everything that peers can make grow has a limit; a stream over it is told inside the stream, because a page
// sees no status, and gives up for good at any but 200.

import Testing

extension Outside {
    @Suite struct LimitTests {
        private static func expectRejected(_ stream: Subscription, _ code: String) async throws {
            #expect(try await stream.ended() == 0)
            #expect(stream.child.output.contains("retry: "))
            let last = try #require(stream.events.last)
            #expect(last.event == "sluice.rejected")
            #expect(last.data?.contains(#""code":"\#(code)""#) == true, "\(last)")
            #expect(last.data?.contains(#""retryable":true"#) == true, "\(last)")
        }

        @Test func aUsersStreamsHaveALimit() async throws {
            try await Gateway.run(["limits.streams_per_user": "2"]) { gateway in
                let alice = try await gateway.token("alice")
                let streams = try await [gateway.open(alice), gateway.open(alice)]
                try await Self.expectRejected(gateway.open(alice), "streams-per-user")
                let bob = try await gateway.open(gateway.token("bob"))
                #expect(try await gateway.metrics().streams == 3)
                streams[0].close()
                try await eventually("room for another stream") { try await gateway.metrics().streams == 2 }
                let next = try await gateway.open(alice)
                #expect(try await gateway.metrics().streams == 3)
                [streams[1], bob, next].forEach { $0.close() }
            }
        }

        @Test func theProcesssStreamsHaveALimit() async throws {
            try await Gateway.run(["limits.streams": "2"]) { gateway in
                let streams = try await [gateway.open(gateway.token("a")), gateway.open(gateway.token("b"))]
                try await Self.expectRejected(gateway.open(gateway.token("c")), "streams-limit")
                streams.forEach { $0.close() }
            }
        }

        @Test func aStreamsTopicsHaveALimit() async throws {
            try await Gateway.run(["limits.topics_per_stream": "2"]) { gateway in
                let token = try await gateway.token("alice", "--subscribe", "*")
                let two = try await gateway.request("/v1/stream?topic=a&topic=b", "--head", token: token)
                #expect(two.status == 200)
                let three = try await gateway.request("/v1/stream?topic=a&topic=b&topic=c", token: token)
                #expect(three.status == 400, "\(three.body)")
                #expect(three.detail?.contains("limits.topics_per_stream") == true, "\(three.body)")
            }
        }

        /// Beyond the limit a stream is told when to come again, and beyond that nobody is told anything.
        @Test(arguments: ["--http1.1", "--http2"])
        func connectionsHaveALimitAndOthersAreServedAgainBelowIt(version: String) async throws {
            try await Gateway.run(["limits.connections": "3", "limits.turned_away": "1"]) { gateway in
                let alice = try await gateway.token("alice")
                let streams = try await [gateway.open(alice), gateway.open(alice), gateway.open(alice)]
                let told = try Child(
                    "curl",
                    ["--silent", version, "--max-time", "5", "--include", "--cacert", gateway.certificates.authority]
                        + ["\(gateway.url)/v1/stream"], in: gateway.workspace)
                #expect(try await told.ended() == 0)
                let text = told.output
                #expect(text.contains(" 200"))
                #expect(text.contains("retry: 3000\n"))
                #expect(text.contains("\"code\":\"connections-limit\""))
                try await gateway.metric("sluice_refusals_total", where: "connections-limit", reaches: 1)
                try await eventually("the one that was told is gone") { try await gateway.metrics().connections == 3 }
                streams[0].close()
                try await eventually("a free connection") { try await gateway.metrics().connections == 2 }
                #expect(try await gateway.request("/nowhere").status == 404)
                streams.forEach { $0.close() }
            }
        }

        @Test func connectionsThatAreTooManyToBeToldAreClosedAtOnce() async throws {
            try await Gateway.run(["limits.connections": "1", "limits.turned_away": "0"]) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let refused = try Child(
                    "curl", ["--silent", "--max-time", "3", "--cacert", gateway.certificates.authority, gateway.url],
                    in: gateway.workspace)
                #expect(try await refused.ended() != 0)
                stream.close()
            }
        }
    }
}
