// Promise: a request goes on as a span of its caller's trace when it is asked to, down to the streams that its events
// went to; and is none by default.

import Foundation
import Testing

extension Outside {
    @Suite struct SpanTests {
        private static let trace = "0af7651916cd43dd8448eb211c80319c"
        private static let parent = "b7ad6b7169203331"
        private static let settings: Settings = ["logging.format": "json", "tracing.spans": "true"]

        private static func spans(_ gateway: Gateway) -> [JSONLine] {
            JSONLine.all(in: gateway.child.errors).filter { $0.text("message") == "Span." }
        }

        private static func publish(_ gateway: Gateway, _ version: String, flags: String) async throws {
            let answer = try await gateway.request(
                "/v1/publish", version, "--header", "Content-Type: application/json", "--header",
                "traceparent: 00-\(trace)-\(parent)-\(flags)", "--data-binary",
                #"{"to":{"user":"alice"},"data":"secret-1"}"#, token: gateway.backendToken())
            #expect(answer.status == 200, "\(answer.body)")
        }

        @Test(arguments: ["--http1.1", "--http2"]) func aPublishGoesOnInItsCallersTrace(version: String) async throws {
            try await Gateway.run(Self.settings.overridden(by: ["tracing.share": "0"])) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                try await Self.publish(gateway, version, flags: "00")
                try await Self.publish(gateway, version, flags: "01")
                try await eventually("four spans", otherwise: { gateway.child.errors }) {
                    Self.spans(gateway).count == 4
                }
                let spans = Self.spans(gateway)
                #expect(spans.allSatisfy { $0.text("trace") == Self.trace })
                let request = try #require(spans.first { $0.text("name") == "request" })
                #expect(request.text("parent") == Self.parent)
                #expect(request.text(of: "attributes")?.contains(#""http.response.status_code":200"#) == true)
                let steps = spans.filter { $0.text("parent") == request.text("span") }
                #expect(
                    steps.compactMap { $0.text("name") }.sorted() == [
                        "publish.append", "publish.check", "publish.tell",
                    ])
                #expect(spans.allSatisfy { ($0.number("seconds") ?? -1) >= 0 })
                #expect(!gateway.child.errors.contains("secret-"))
                stream.close()
            }
        }

        @Test func aStreamsOpeningIsASpanOfATraceOfItsOwn() async throws {
            try await Gateway.run(Self.settings) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                try await eventually("two spans") { Self.spans(gateway).count == 2 }
                #expect(Set(Self.spans(gateway).compactMap { $0.text("trace") }).count == 1)
                #expect(Set(Self.spans(gateway).compactMap { $0.text("name") }) == ["request", "stream.open"])
                stream.close()
            }
        }

        @Test func withoutItThereIsNone() async throws {
            try await Gateway.run(["logging.format": "json"]) { gateway in
                try await Self.publish(gateway, "--http1.1", flags: "01")
                // A line of something else behind it, so that its own would be there.
                _ = try await gateway.request("/v1/nothing")
                try await eventually("a refusal") { gateway.child.errors.contains("\"Refused.\"") }
                #expect(Self.spans(gateway).isEmpty)
            }
        }
    }
}
