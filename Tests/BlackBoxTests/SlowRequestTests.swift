// Promise: a peer that takes its time holds a connection no longer than the deadline for what it owes.

import Testing

extension Outside {
    @Suite struct SlowRequestTests {
        private static let deadlines: Settings = [
            "tls.handshake_timeout": "1s", "limits.head_timeout": "1s", "limits.body_timeout": "1s",
            "limits.idle_timeout": "1s",
        ]

        /// Longer than a deadline, shorter than what the peer would take.
        private static func expectInTime(_ outcome: Outcome) {
            #expect(outcome.isClosed, "\(outcome.name) still holds its connection after \(outcome.seconds) s")
            #expect(outcome.seconds > 0.8 && outcome.seconds < 4, "\(outcome.name): \(outcome.seconds) s")
        }

        @Test func aHeadThatTricklesInIsEndedAtItsDeadline() async throws {
            try await Gateway.run(Self.deadlines) { gateway in
                let trickle = [
                    Conversation.Step(text: "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nX: "),
                    Conversation.Step(text: "x", times: 40, pause: 0.2),
                ]
                let outcome = try await gateway.converse(Conversation("slow head", trickle))
                Self.expectInTime(outcome)
                #expect(outcome.statuses == [408])
                #expect(try await gateway.metrics().sum("sluice_refusals_total", where: "request-timeout") == 1)
            }
        }

        @Test func aBodyThatTricklesInIsEndedAtItsDeadline() async throws {
            try await Gateway.run(Self.deadlines) { gateway in
                let token = try await gateway.backendToken()
                let head =
                    "POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
                let trickle = [Conversation.Step(text: head), Conversation.Step(text: " ", times: 40, pause: 0.2)]
                let outcome = try await gateway.converse(Conversation("slow body", trickle))
                Self.expectInTime(outcome)
                #expect(outcome.statuses == [408])
            }
        }

        @Test func aConnectionWithoutARequestIsEnded() async throws {
            try await Gateway.run(Self.deadlines) { gateway in
                let outcome = try await gateway.converse(Conversation("silent", []))
                Self.expectInTime(outcome)
            }
        }

        @Test func anIdleConnectionIsEndedAfterItsAnswer() async throws {
            try await Gateway.run(Self.deadlines) { gateway in
                let request = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
                let outcome = try await gateway.converse(Conversation("idle", request))
                Self.expectInTime(outcome)
                #expect(outcome.statuses == [404])
            }
        }

        @Test func aHandshakeThatDoesNotEndIsEnded() async throws {
            try await Gateway.run(Self.deadlines) { gateway in
                let outcomes = try await gateway.converse([
                    Conversation("nothing at all", [], plain: true),
                    Conversation("the start of a record", "\u{16}\u{3}\u{1}", plain: true),
                ])
                outcomes.forEach(Self.expectInTime)
            }
        }

        @Test func aStreamIsNotIdle() async throws {
            try await Gateway.run(Self.deadlines) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                // A second connection that runs into its deadline shows that the time for the first is over too.
                _ = try await gateway.converse(Conversation("clock", []))
                _ = try await gateway.converse(Conversation("clock", []))
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":"there"}"#, token: gateway.backendToken())
                #expect(answer.json["streams"] as? Int == 1)
                try await stream.events(1)
                stream.close()
            }
        }
    }
}
