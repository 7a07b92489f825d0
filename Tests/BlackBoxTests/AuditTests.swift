// Promise: a request has a name, its client's own or one of ours, that its answer, the log and the audit have in
// common; and the audit says who published what for whom, but not what was in it.

import Foundation
import Testing

extension Outside {
    @Suite struct AuditTests {
        private static let trace = "0af7651916cd43dd8448eb211c80319c"

        private static func lines(_ gateway: Gateway, _ message: String) -> [JSONLine] {
            JSONLine.all(in: gateway.child.errors).filter { $0.text("message") == message }
        }

        @Test(arguments: ["--http1.1", "--http2"]) func aPublishIsALineForEachEvent(version: String) async throws {
            try await Gateway.run(["logging.format": "json", "logging.audit": "true"]) { gateway in
                let token = try await gateway.backendToken()
                let body =
                    #"{"to":{"users":["alice","bob"]},"data":"secret-1"}"# + "\n"
                    + #"{"to":{"topic":"news"},"data":"secret-2"}"# + "\n" + #"{"to":{"everyone":true},"data":3}"#
                let answer = try await gateway.request(
                    "/v1/publish", version, "--header", "Content-Type: application/x-ndjson", "--header",
                    "X-Request-Id: order-17", "--data-binary", body, token: token)
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer["x-request-id"] == "order-17")
                let ids = JSONLine.all(in: answer.body).compactMap { $0.text("id") }

                try await eventually("three lines") { Self.lines(gateway, "Published.").count == 3 }
                let lines = Self.lines(gateway, "Published.")
                #expect(lines.map { $0.text("id") } == ids)
                #expect(lines.map { $0.text("audience") } == ["user", "topic", "everyone"])
                #expect(lines[0].texts("to") == ["alice", "bob"])
                #expect(lines[1].text("to") == "news")
                #expect(lines.allSatisfy { $0.text("publisher") == "backend" && $0.text("request") == "order-17" })
                #expect(!gateway.child.errors.contains("secret-"))
                #expect(!gateway.child.errors.contains(token.suffix(20)))
            }
        }

        @Test func withoutItNobodyKeepsBook() async throws {
            try await Gateway.run(["logging.format": "json"]) { gateway in
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":1}"#, token: gateway.backendToken())
                #expect(answer.status == 200)
                // A line of something else behind it, so that its own would be there.
                _ = try await gateway.request("/v1/nothing")
                try await eventually("a refusal") { !Self.lines(gateway, "Refused.").isEmpty }
                #expect(Self.lines(gateway, "Published.").isEmpty)
            }
        }

        @Test(arguments: ["--http1.1", "--http2"]) func aRefusalCanBeFoundByItsRequest(version: String) async throws {
            try await Gateway.run(["logging.format": "json"]) { gateway in
                let traced = try await gateway.request(
                    "/v1/nothing", version, "--header", "traceparent: 00-\(Self.trace)-b7ad6b7169203331-01")
                #expect(traced["x-request-id"] == Self.trace)
                let unnamed = try await gateway.request(
                    "/v1/nothing", version, "--header", "X-Request-Id: <script>alert(1)</script>")
                let own = try #require(unnamed["x-request-id"])
                #expect(own.utf8.count <= 15 && !own.contains("<"))
                // One that is refused before the rules are asked.
                let large = "X: " + String(repeating: "x", count: 20_000)
                let early = try #require(try await gateway.request("/v1/", version, "--header", large)["x-request-id"])
                try await eventually("all lines") { Self.lines(gateway, "Refused.").count == 3 }
                #expect(Self.lines(gateway, "Refused.").map { $0.text("request") } == [Self.trace, own, early])
            }
        }

        @Test func aStreamSaysWhichRequestOpenedIt() async throws {
            try await Gateway.run(["logging.format": "json"]) { gateway in
                let stream = try await gateway.open(
                    gateway.token("alice"), query: "", at: nil, "--header", "X-Request-Id: page-3", "--include")
                #expect(stream.child.output.lowercased().contains("x-request-id: page-3"))
                try await eventually("its line") {
                    Self.lines(gateway, "Stream opened.").first?.text("request") == "page-3"
                }
                stream.close()
            }
        }
    }
}
