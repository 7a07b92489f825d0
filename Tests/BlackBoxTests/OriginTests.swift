// Promise: a page of an allowed origin can subscribe with credentials and read every refusal; a page of another origin
// gets nothing (Fetch standard, CORS protocol).

import Testing

extension Outside {
    @Suite struct OriginTests {
        private static let settings: Settings = [
            "cors.origins": "[\"https://app.example\", \"https://b.example:8080\"]"
        ]

        @Test(arguments: ["https://app.example", "https://b.example:8080"])
        func anAllowedOriginMayReadWithCredentials(origin: String) async throws {
            try await Gateway.run(Self.settings) { gateway in
                let alice = try await gateway.token("alice")
                let answer = try await gateway.request(
                    "/v1/stream", "--head", "--header", "Origin: \(origin)", token: alice)
                #expect(answer.status == 200)
                Self.expectReadable(answer, by: origin)
            }
        }

        @Test func aRefusalIsReadableByAnAllowedOrigin() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let origin = "https://app.example"
                for (path, method, status) in [
                    ("/v1/stream", "GET", 401), ("/v1/publish", "POST", 401), ("/nowhere", "GET", 404),
                    ("/v1/stream", "PUT", 405),
                ] {
                    let answer = try await gateway.request(
                        path, "--request", method, "--header", "Origin: \(origin)")
                    #expect(answer.status == status, "\(method) \(path)")
                    Self.expectReadable(answer, by: origin)
                }
            }
        }

        @Test(arguments: [
            "https://evil.example", "http://app.example", "https://app.example:8443",
            "https://app.example.evil.example",
            "https://sub.app.example", "null", "https://app.example/", "HTTPS://APP.EXAMPLE, https://app.example",
        ])
        func anotherOriginGetsNothing(origin: String) async throws {
            try await Gateway.run(Self.settings) { gateway in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let preflight = try await gateway.request(
                    "/v1/stream", "--request", "OPTIONS", "--header", "Origin: \(origin)", "--header",
                    "Access-Control-Request-Method: GET")
                let subscribe = try await gateway.request("/v1/stream", "--header", "Origin: \(origin)", token: alice)
                let publish = try await gateway.request(
                    "/v1/publish", "--header", "Origin: \(origin)", "--header", "Content-Type: application/json",
                    "--data", #"{"to":{"user":"alice"},"data":"x"}"#, token: backend)
                for answer in [preflight, subscribe, publish] {
                    #expect(answer.status == 403, "\(answer.body)")
                    #expect(answer.code == "origin-not-allowed")
                    #expect(answer["access-control-allow-origin"] == nil)
                    #expect(answer.all("vary").joined().lowercased().contains("origin"))
                    #expect(answer.detail?.contains("cors.origins") == true)
                }
                #expect(try await gateway.metrics().sum("sluice_events_total") == 0)
            }
        }

        @Test func aPreflightNeedsNoCredentialsAndNamesWhatIsAllowed() async throws {
            try await Gateway.run(Self.settings) { gateway in
                for (path, method) in [("/v1/stream", "GET"), ("/v1/publish", "POST")] {
                    let answer = try await gateway.request(
                        path, "--request", "OPTIONS", "--header", "Origin: https://app.example", "--header",
                        "Access-Control-Request-Method: \(method)", "--header",
                        "Access-Control-Request-Headers: authorization,content-type,last-event-id")
                    #expect(answer.status == 204)
                    Self.expectReadable(answer, by: "https://app.example")
                    #expect(answer["access-control-allow-methods"]?.contains(method) == true)
                    let fields = answer["access-control-allow-headers"]?.lowercased() ?? ""
                    for name in ["authorization", "content-type"] {
                        #expect(fields.contains(name), "\(path): \(fields)")
                    }
                    #expect(answer["access-control-max-age"] != nil)
                }
            }
        }

        @Test func aRequestWithoutAnOriginIsNoBrowsersAndIsServed() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let answer = try await gateway.request("/v1/stream", "--head", token: gateway.token("alice"))
                #expect(answer.status == 200)
                #expect(answer["access-control-allow-origin"] == nil)
                #expect(answer.all("vary").joined().lowercased().contains("origin"))
            }
        }

        private static func expectReadable(_ answer: Answer, by origin: String) {
            #expect(answer.all("access-control-allow-origin") == [origin])
            #expect(answer.all("access-control-allow-credentials") == ["true"])
            #expect(answer.all("vary").joined().lowercased().contains("origin"))
        }
    }
}
