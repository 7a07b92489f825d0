// Requests as spans: which there are, what they say, and that there is none where nobody asks.

import EventLog
import HTTPTypes
import HTTPWire
import InMemoryTracing
import NIOCore
import NIOEmbedded
import PeerText
import Testing
import Tracing

@testable import GatewayRules
@testable import HTTPServing

@Suite struct RequestSpanTests {
    private let tracer = InMemoryTracer()

    private func spans(_ name: String) -> [FinishedInMemorySpan] {
        tracer.finishedSpans.filter { $0.operationName == name }
    }

    private static func text(_ span: FinishedInMemorySpan?, _ name: String) -> String? {
        guard case .string(let text) = span?.attributes.get(name) else { return nil }
        return text
    }

    private static func number(_ span: FinishedInMemorySpan?, _ name: String) -> Int64? {
        guard case .int64(let number) = span?.attributes.get(name) else { return nil }
        return number
    }

    @Test(arguments: ["application/json", "application/x-ndjson"])
    func `a publish is a span, with its steps below it`(type: String) async throws {
        let bench = try GatewayBench(tracer: tracer)
        let wire = try await Wire(bench.bench.judge(user: "alice"), on: bench.bench.loop)
        try await wire.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        let token = try bench.token(publish: ["user:*"])
        guard
            case .collect(let plan) = bench.judge(
                GatewayBench.request(.post, "/v1/publish", token: token, [.contentType: type]))
        else { throw NoResponse(text: "takes no body") }
        // On the loop, which tells nobody before it turns.
        let isTold = try await bench.bench.loop.executeInContext { [tracer] in
            plan.respond(ByteBuffer(string: #"{"to":{"user":"alice"},"data":"secret"}"#)) { _ in }
            return tracer.finishedSpans.contains { $0.operationName == "publish.tell" }
        }
        #expect(!isTold, "the event is not with its stream yet")
        await bench.bench.loop.run()
        let request = try #require(spans("request").first)
        #expect(request.kind == .server && request.parentSpanID == nil)
        #expect(Self.text(request, "http.request.method") == "POST")
        #expect(Self.text(request, "url.path") == "/v1/publish")
        #expect(Self.text(request, "user.id") == "alice")
        #expect(Self.text(request, "sluice.request") != nil)
        #expect(Self.number(request, "http.response.status_code") == 200)
        let steps = ["publish.check", "publish.append", "publish.tell"]
        #expect(tracer.finishedSpans.count == 1 + steps.count)
        for step in steps {
            let span = try #require(spans(step).first)
            #expect(span.traceID == request.traceID && span.parentSpanID == request.spanID)
        }
        #expect(Self.text(spans("publish.append").first, "sluice.first_event") == "testepoch-1")
        #expect(!"\(tracer.finishedSpans)".contains("secret"))
    }

    @Test func `a publish that is refused says why and where`() async throws {
        let bench = try GatewayBench(tracer: tracer)
        _ = try await bench.publish("{}")
        #expect(spans("publish.append").isEmpty)
        #expect(Self.text(spans("publish.check").first, "error.type") == "publish-invalid")
        let request = try #require(spans("request").first)
        #expect(Self.number(request, "http.response.status_code") == 400)
        #expect(request.status == nil, "the client's error is none of ours")
    }

    @Test func `a retry is told to nobody`() async throws {
        let bench = try GatewayBench(tracer: tracer)
        let key: HTTPFields = HTTPField.Name("Idempotency-Key").map { [$0: "k1"] } ?? [:]
        for _ in 0..<2 { _ = try await bench.publish(#"{"to":{"everyone":true},"data":1}"#, key) }
        #expect(spans("publish.append").count == 2)
        #expect(spans("publish.tell").count == 1)
        #expect(spans("publish.append").last?.attributes.get("sluice.repeat") == .bool(true))
    }

    @Test func `a stream's opening is a span, and what it is sent is none`() async throws {
        let bench = try GatewayBench(tracer: tracer)
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        let token = try bench.token("alice")
        try await wire.send(
            "GET /v1/stream?a=secret HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n")
        let request = try #require(spans("request").first)
        #expect(Self.text(request, "url.path") == "/v1/stream")
        #expect(Self.number(request, "http.response.status_code") == 200)
        #expect(spans("stream.open").first?.parentSpanID == request.spanID)
        #expect(tracer.finishedSpans.count == 2)
    }

    @Test func `the gateway's own streams are none`() throws {
        let pass = CanaryPass(address: ClientAddress(ipv4: 0x7F01_0203), credential: "Bearer canary.secret")
        let bench = try GatewayBench(canary: pass, tracer: tracer)
        guard case .stream(let plan) = bench.judge(GatewayBench.request(token: "canary.secret")) else {
            Issue.record("no stream")
            return
        }
        #expect(plan is CanaryStreamPlan)
        #expect(tracer.finishedSpans.isEmpty && tracer.activeSpans.isEmpty)
    }

    @Test func `a refusal is one span`() throws {
        let bench = try GatewayBench(tracer: tracer)
        #expect(try bench.answer(GatewayBench.request()).status == .unauthorized)
        #expect(tracer.finishedSpans.count == 1)
        #expect(Self.text(spans("request").first, "error.type") == "token-missing")
        #expect(tracer.activeSpans.isEmpty)
    }

    /// A body that is too large, one that is none, and one that does not come.
    @Test(arguments: [
        ("Content-Length: 2000\r\n\r\n", 413, "body-too-large"),
        ("Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "request-malformed"),
        ("Content-Length: 20\r\n\r\n{", 408, "request-timeout"),
    ])
    func `what the connection answers by itself ends the span`(rest: String, status: Int64, code: String) async throws {
        let bench = try GatewayBench(tracer: tracer)
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        let token = try bench.token(publish: ["everyone"])
        try await wire.send(
            "POST /v1/publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + "Authorization: Bearer \(token)\r\n" + rest)
        await bench.bench.loop.advanceTime(by: .seconds(100))
        let request = try #require(spans("request").first)
        #expect(Self.number(request, "http.response.status_code") == status)
        #expect(Self.text(request, "error.type") == code)
        #expect(tracer.finishedSpans.count == 1 && tracer.activeSpans.isEmpty)
    }
}
