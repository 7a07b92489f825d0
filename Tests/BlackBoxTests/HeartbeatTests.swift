// Promise: a stream that is silent gets a comment now and then, so that no proxy takes it for dead.

import Testing

extension Outside {
    @Suite struct HeartbeatTests {
        @Test func aSilentStreamGetsComments() async throws {
            try await Gateway.run(["stream.heartbeat": "1s"]) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let before = stream.comments
                try await eventually("two heartbeats", within: .seconds(8)) { stream.comments >= before + 2 }
                #expect(stream.events.isEmpty, "a heartbeat must be no event")
                stream.close()
            }
        }
    }
}
