// Promise: an unknown path, a wrong method and a HEAD are answered as RFC 9110 says.

import Testing

extension Outside {
    @Suite struct PathAndMethodTests {
        @Test func anUnknownPathIs404() async throws {
            try await Gateway.run { gateway in
                for path in [
                    "/", "/v1", "/v1/streams", "/v1/stream/", "/V1/stream", "/metrics", "/livez", "/v1//stream",
                ] {
                    let answer = try await gateway.request(path, "--path-as-is")
                    #expect(answer.status == 404, "\(path): \(answer.body)")
                    #expect(answer.code == "path-unknown", "\(path)")
                    #expect(answer.detail?.contains("/v1/stream") == true, "\(path): \(answer.body)")
                }
            }
        }

        @Test func aWrongMethodIs405AndToldTheRightOnes() async throws {
            try await Gateway.run { gateway in
                for (path, method) in [
                    ("/v1/stream", "POST"), ("/v1/stream", "DELETE"), ("/v1/publish", "GET"), ("/v1/publish", "PUT"),
                ] {
                    let answer = try await gateway.request(path, "--request", method)
                    #expect(answer.status == 405, "\(method) \(path): \(answer.body)")
                    #expect(answer.code == "method-not-allowed", "\(method) \(path)")
                    let allow = try #require(answer["allow"], "\(method) \(path) has no Allow")
                    #expect(allow.contains(path == "/v1/stream" ? "GET" : "POST"), "\(allow)")
                    #expect(!allow.contains(method), "\(allow)")
                }
            }
        }

        @Test func headAnswersWithTheFieldsOfGetAndEnds() async throws {
            try await Gateway.run { gateway in
                let answer = try await gateway.request("/v1/stream", "--head", token: gateway.token("alice"))
                #expect(answer.status == 200)
                #expect(answer["content-type"]?.hasPrefix("text/event-stream") == true)
                #expect(answer["cache-control"] == "no-store, no-transform")
                #expect(try await gateway.metrics().streams == 0)
            }
        }
    }
}
