// Promise: who asks why somebody did not get something finds it in the log, and a flood of refusals does not fill it.

import Testing

extension Outside {
    @Suite struct RefusalLogTests {
        private static func lines(_ gateway: Gateway) -> [Substring] {
            gateway.child.errors.split(separator: "\n").filter { $0.contains("Refused.") }
        }

        @Test(arguments: ["--http1.1", "--http2"])
        func aRefusedStreamIsOneLineWithItsReason(version: String) async throws {
            try await Gateway.run(["cors.origins": "[https://app.example.com]"]) { gateway in
                let alice = try await gateway.token("alice")
                let answer = try await gateway.request(
                    "/v1/stream?user=bob&access_token=\(alice)", version, "--header", "Origin: https://app.example.com",
                    token: alice)
                #expect(answer.status == 403)
                try await eventually("a line") { !Self.lines(gateway).isEmpty }
                let lines = Self.lines(gateway)
                #expect(lines.count == 1)
                for word in [
                    "code=other-user", "path=/v1/stream", "origin=https://app.example.com", "user=alice", "status=403",
                    "client=127.0.0.1",
                ] {
                    #expect(lines.first?.contains(word) == true, "\(word): \(lines)")
                }
                #expect(!gateway.child.errors.contains(alice.suffix(20)))
            }
        }

        @Test func aFloodOfRefusalsIsAFewLines() async throws {
            try await Gateway.run { gateway in
                // One curl, one connection: a thousand requests.
                let answers = try await gateway.request("/v1/nothing/[1-1000]", "--fail-early")
                #expect(answers.status == 404)
                try await gateway.metric("sluice_refusals_total", where: "path-unknown", reaches: 1000)
                #expect((1...30).contains(Self.lines(gateway).count))
            }
        }

        @Test func startingAtDebugIsReadable() async throws {
            try await Gateway.run(["logging.level": "debug"]) { gateway in
                #expect(gateway.child.errors.utf8.count < 4096)
            }
        }
    }
}
