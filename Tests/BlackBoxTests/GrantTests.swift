// Promise: a token may do what its grants say, and nothing more; a refusal names the grant that is missing.

import Testing

extension Outside {
    @Suite struct GrantTests {
        @Test func publishingNeedsTheGrantForTheAudience() async throws {
            try await Gateway.run { gateway in
                let reader = try await gateway.token("alice")
                let toUsers = try await gateway.token("backend", "--publish", "user:al*")
                let cases: [(token: String, to: String, status: Int)] = [
                    (reader, #"{"user":"alice"}"#, 403), (reader, #"{"everyone":true}"#, 403),
                    (toUsers, #"{"user":"alice"}"#, 200), (toUsers, #"{"user":"bob"}"#, 403),
                    (toUsers, #"{"users":["alice","bob"]}"#, 403), (toUsers, #"{"topic":"news"}"#, 403),
                    (toUsers, #"{"everyone":true}"#, 403),
                ]
                for (token, audience, status) in cases {
                    let answer = try await gateway.publish(#"{"to":\#(audience),"data":"x"}"#, token: token)
                    #expect(answer.status == status, "\(audience): \(answer.body)")
                    guard status == 403 else { continue }
                    #expect(answer.code == "grant-missing")
                    #expect(answer["www-authenticate"]?.contains("error=\"insufficient_scope\"") == true)
                    #expect(answer.detail?.contains("publish") == true, "\(answer.body)")
                }
            }
        }

        @Test func subscribingToATopicNeedsItsGrant() async throws {
            try await Gateway.run { gateway in
                let news = try await gateway.token("alice", "--subscribe", "news")
                #expect(try await gateway.request("/v1/stream?topic=news", "--head", token: news).status == 200)
                for query in ["?topic=other", "?topic=news&topic=other", "?topic=news2", "?topic=new", "?topic=NEWS"] {
                    let answer = try await gateway.request("/v1/stream" + query, token: news)
                    #expect(answer.status == 403, "\(query): \(answer.body)")
                    #expect(answer.code == "grant-missing", "\(query)")
                    #expect(answer.detail?.contains("subscribe") == true, "\(answer.body)")
                }
            }
        }
    }
}
