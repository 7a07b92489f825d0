import FrameClient
import HTTPTypes
import HTTPWire
import NIOCore
import NIOEmbedded
import Testing

@testable import GatewayRules

/// What a client hears whose connection is one too many.
@Suite struct TurningAwayTests {
    private static let subscribe = "GET /v1/stream?topic=a HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n\r\n"

    private static func wire(metrics: RefusalCounter = RefusalCounter()) async throws -> Wire {
        try await Wire(TurningAway(gateway: try GatewayBench().gateway, limit: 3), metrics: metrics)
    }

    @Test func `a page's stream gets 200, a time to wait and an end, without a token`() async throws {
        let metrics = RefusalCounter()
        let wire = try await Self.wire(metrics: metrics)
        let response = try await wire.exchange(Self.subscribe)
        #expect(response.status == 200)
        #expect(response["content-type"] == "text/event-stream")
        #expect(response["access-control-allow-origin"] == "https://app.example")
        #expect(response["connection"] == "close")
        #expect(response.body.hasPrefix("retry: 3000\nevent: sluice.rejected\n"))
        #expect(response.body.contains(#""code":"connections-limit""#))
        #expect(response.body.hasSuffix(#""retryable":true}"# + "\n\n"))
        #expect(wire.isClosed)
        #expect(metrics.reasons == ["connections-limit"])
    }

    @Test(arguments: ["POST /v1/publish", "GET /v1/sluice.js", "GET /nowhere", "DELETE /v1/stream"])
    func `everything else gets 503 and the same time to wait`(request: String) async throws {
        let wire = try await Self.wire()
        let response = try await wire.exchange("\(request) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        #expect(response.status == 503)
        #expect(response["retry-after"] == "4")
        #expect(wire.isClosed)
    }

    @Test func `a page of another origin gets nothing`() async throws {
        let wire = try await Self.wire()
        let response = try await wire.exchange(Self.subscribe.replacing("app.example", with: "evil.example"))
        #expect(response.status == 403)
        #expect(response["access-control-allow-origin"] == nil)
    }

    @Test func `over HTTP 2 the connection goes away behind the answer`() async throws {
        let wire = try await HTTP2Wire(TurningAway(gateway: try GatewayBench().gateway, limit: 3))
        try await wire.send(.request(1, "/v1/stream"))
        let frames = try await wire.received()
        let response = HTTP2Response(frames, stream: 1)
        #expect(response.status == "200" && response.isComplete)
        #expect(response.body.contains("connections-limit"))
        let goodbye = try #require(frames.firstIndex { $0.kind == .goAway })
        let last = try #require(frames.lastIndex { $0.stream == 1 })
        #expect(last < goodbye, "clients drop what comes behind a GOAWAY")
        #expect(wire.isClosed)
    }
}
