// Promise: an event reaches every open stream of the audience it is meant for, and no other stream.

import Testing

extension Outside {
    @Suite struct TargetedDeliveryTests {
        @Test func anEventToAUserReachesEachOfTheirStreamsAndNobodyElses() async throws {
            try await Gateway.run { gateway in
                let (alice, bob) = try await (gateway.token("alice"), gateway.token("bob"))
                let backend = try await gateway.backendToken()
                let streams = try await [gateway.open(alice), gateway.open(alice), gateway.open(bob)]
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"event":"comment","data":"bob commented"}"#, token: backend)
                #expect(answer.status == 200)
                #expect(answer.json["streams"] as? Int == 2)

                // What bob gets afterwards shows that nothing for alice came before it.
                _ = try await gateway.publish(#"{"to":{"user":"bob"},"data":"for bob"}"#, token: backend)
                try await streams[2].events(1)
                #expect(streams[2].data == ["for bob"])
                for stream in streams[...1] {
                    try await stream.events(1)
                    #expect(stream.events.map(\.event) == ["comment"])
                    #expect(stream.data == ["bob commented"])
                    #expect(stream.events[0].id == answer.json["id"] as? String)
                }
                streams.forEach { $0.close() }
            }
        }

        @Test func anEventToEveryoneReachesEveryStream() async throws {
            try await Gateway.run { gateway in
                let (alice, bob) = try await (gateway.token("alice"), gateway.token("bob"))
                let streams = try await [gateway.open(alice), gateway.open(alice), gateway.open(bob)]
                let answer = try await gateway.publish(
                    #"{"to":{"everyone":true},"data":"hello all"}"#, token: gateway.backendToken())
                #expect(answer.json["streams"] as? Int == 3)
                for stream in streams { try await stream.events(1) }
                #expect(streams.map(\.data) == [["hello all"], ["hello all"], ["hello all"]])
                streams.forEach { $0.close() }
            }
        }

        @Test func anEventToSeveralUsersReachesEachOnce() async throws {
            try await Gateway.run { gateway in
                let streams = try await [
                    gateway.open(gateway.token("alice")), gateway.open(gateway.token("bob")),
                    gateway.open(gateway.token("carol")),
                ]
                let backend = try await gateway.backendToken()
                let answer = try await gateway.publish(
                    #"{"to":{"users":["alice","bob","alice"]},"data":"you two"}"#, token: backend)
                #expect(answer.json["streams"] as? Int == 2)
                _ = try await gateway.publish(#"{"to":{"everyone":true},"data":"end"}"#, token: backend)
                for (stream, count) in zip(streams, [2, 2, 1]) { try await stream.events(count) }
                #expect(streams.map(\.data) == [["you two", "end"], ["you two", "end"], ["end"]])
                streams.forEach { $0.close() }
            }
        }

        @Test func anEventToATopicReachesItsSubscribersOnly() async throws {
            try await Gateway.run { gateway in
                let granted = try await gateway.token("alice", "--subscribe", "rooms/*")
                let inside = try await gateway.open(granted, query: "?topic=rooms/1&topic=rooms/2")
                let elsewhere = try await gateway.open(granted, query: "?topic=rooms/3")
                let outside = try await gateway.open(granted)
                let backend = try await gateway.backendToken()
                let answer = try await gateway.publish(#"{"to":{"topic":"rooms/1"},"data":"in 1"}"#, token: backend)
                #expect(answer.json["streams"] as? Int == 1)
                _ = try await gateway.publish(#"{"to":{"topic":"rooms/2"},"data":"in 2"}"#, token: backend)
                _ = try await gateway.publish(#"{"to":{"everyone":true},"data":"end"}"#, token: backend)
                for (stream, count) in [(inside, 3), (elsewhere, 1), (outside, 1)] { try await stream.events(count) }
                #expect(inside.data == ["in 1", "in 2", "end"])
                #expect(elsewhere.data == ["end"])
                #expect(outside.data == ["end"])
                [inside, elsewhere, outside].forEach { $0.close() }
            }
        }

        @Test func closingAUsersFirstStreamLeavesTheSecondServed() async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                let backend = try await gateway.backendToken()
                let (first, second) = try await (gateway.open(alice), gateway.open(alice))
                first.close()
                try await eventually("the end of the first stream") { try await gateway.metrics().streams == 1 }
                let answer = try await gateway.publish(#"{"to":{"user":"alice"},"data":"still there"}"#, token: backend)
                #expect(answer.json["streams"] as? Int == 1)
                try await second.events(1)
                #expect(second.data == ["still there"])
                second.close()
            }
        }
    }
}
