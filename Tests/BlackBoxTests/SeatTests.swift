// Promise: who has a token gets a place while users have left one, whoever else is at the door.

import Testing

extension Outside {
    @Suite(.alone) struct SeatTests {
        /// Each of them asks for something all the time, so that none is ever idle for long.
        @Test func strangersWhoHoldEveryPlaceMakeWayForAUser() async throws {
            try await Gateway.run(["limits.connections": "200"]) { gateway in
                let crowd = try await gateway.crowd(200, "--heads", "8")
                let token = try await gateway.token("alice")
                for _ in 1...5 {
                    #expect(try await gateway.request("/v1/stream", "--head", token: token).status == 200)
                }
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_connections", where: "stranger") <= 100)
                crowd.end()
            }
        }

        @Test func aStrangersConnectionEndsInItsTimeWhateverItAsksFor() async throws {
            try await Gateway.run(["limits.stranger_lifetime": "1s"]) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let crowd = try await gateway.crowd(10, "--heads", "0.2", "--stay-away")
                try await eventually("an end of the crowd", within: .seconds(6), otherwise: { crowd.transcript }) {
                    JSONLine.all(in: crowd.output).last?.number("connected") == 0
                }
                #expect(stream.child.exitCode == nil)
                stream.close()
                crowd.end()
            }
        }

        @Test func whoWaitsInVainHoldsNoPlace() async throws {
            try await Gateway.run(["limits.connections": "5"]) { gateway in
                let alice = try await gateway.token("alice")
                var streams: [Subscription] = []
                for _ in 1...5 { streams.append(try await gateway.open(alice)) }
                let crowd = try await gateway.crowd(20)
                streams.prefix(4).forEach { $0.close() }
                try await eventually("four free places") { try await gateway.metrics().streams == 1 }
                let clock = ContinuousClock()
                let asked = clock.now
                let reader = try await gateway.open(alice)
                #expect(clock.now - asked < .seconds(1))
                #expect(try await gateway.metrics().streams == 2)
                [streams[4], reader].forEach { $0.close() }
                crowd.end()
            }
        }

        @Test func readersWhoTryAgainGetThePlacesThatBecomeFree() async throws {
            try await Gateway.run(["limits.connections": "5"]) { gateway in
                let alice = try await gateway.token("alice")
                var streams: [Subscription] = []
                for _ in 1...5 { streams.append(try await gateway.open(alice)) }
                let crowd = try await gateway.crowd(40, "--token", gateway.token("bob"))
                streams.forEach { $0.close() }
                try await eventually("five of the crowd let in", within: .seconds(5)) {
                    try await gateway.metrics().sum("sluice_streams_opened_total") >= 10
                }
                try await eventually("all places taken") { try await gateway.metrics().streams == 5 }
                crowd.end()
            }
        }
    }
}
