// Promise: who a stream belongs to comes from the verified token, and from nothing else in the request.

import Testing

extension Outside {
    @Suite struct IdentityTests {
        @Test func noPathQueryOrHeaderChoosesTheUser() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(
                    gateway.token("alice"), query: "?sub=bob&id=bob", "--header", "X-User: bob", "--header",
                    "X-Forwarded-User: bob", "--header", "From: bob")
                let backend = try await gateway.backendToken()
                let toBob = try await gateway.publish(#"{"to":{"user":"bob"},"data":"secret"}"#, token: backend)
                #expect(toBob.json["streams"] as? Int == 0)
                _ = try await gateway.publish(#"{"to":{"user":"alice"},"data":"mine"}"#, token: backend)
                try await stream.events(1)
                #expect(stream.data == ["mine"])
                stream.close()
            }
        }

        @Test func aPageMaySayWhoseStreamItExpectsAndGetsThatOneOrNone() async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                #expect(try await gateway.request("/v1/stream?user=alice", "--head", token: alice).status == 200)
                let refused = try await gateway.request("/v1/stream?user=bob", token: alice)
                #expect(refused.status == 403)
                #expect(refused.code == "other-user")
                let told = try await gateway.request("/v1/stream?user=bob&refusals=event", token: alice)
                #expect(Subscription.events(in: told.body).last?.data?.contains("other-user") == true)
            }
        }

        @Test func theCookieCarriesTheTokenToo() async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                let answer = try await gateway.request(
                    "/v1/stream", "--head", "--cookie", "a=b; __Host-sluice=\(alice)")
                #expect(answer.status == 200)
            }
        }

        @Test func theAuthorizationFieldGoesBeforeTheCookie() async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                let answer = try await gateway.request(
                    "/v1/stream", "--head", "--cookie", "__Host-sluice=\(alice)", token: "not-a-token")
                #expect(answer.status == 401)
            }
        }

        @Test func aTokenInTheURLCountsOnlyWhenTheOperatorSaysSo() async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                #expect(try await gateway.request("/v1/stream?access_token=\(alice)", "--head").status == 401)
            }
            try await Gateway.run(["auth.query_token": "true"]) { gateway in
                let alice = try await gateway.token("alice")
                #expect(try await gateway.request("/v1/stream?access_token=\(alice)", "--head").status == 200)
            }
        }
    }
}
