// Promise: a stream lives no longer than its token, and is told why it ends.

import Testing

extension Outside {
    @Suite struct TokenEndTests {
        @Test func aStreamEndsWithItsToken() async throws {
            try await Gateway.run(["auth.clock_skew": "0s"]) { gateway in
                let brief = try await gateway.open(gateway.token("alice", ttl: "3s"))
                let longer = try await gateway.open(gateway.token("alice"))
                #expect(try await brief.ended() == 0, "the answer must end cleanly")
                let last = try #require(brief.events.last)
                #expect(last.event == "sluice.rejected")
                #expect(last.data?.contains("token-expired") == true)
                #expect(try await gateway.metrics().streams == 1)
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":"x"}"#, token: gateway.backendToken())
                #expect(answer.json["streams"] as? Int == 1)
                longer.close()
            }
        }
    }
}
