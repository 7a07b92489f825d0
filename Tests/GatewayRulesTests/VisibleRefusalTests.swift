import EventLog
import FrameClient
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Refusals that a page can see, and how its `EventSource` is stopped.
@Suite struct VisibleRefusalTests {
    private static let path = "/v1/stream?refusals=event"

    private static func request(_ path: String = path, token: String? = nil, after id: String? = nil) -> HTTPRequest {
        var fields: HTTPFields = [.origin: GatewayBench.allowedOrigin]
        if let id, let name = HTTPField.Name("Last-Event-ID") { fields[name] = id }
        return GatewayBench.request(.get, path, token: token, fields)
    }

    @Test func `a refused page is told in-band, and where it was`() throws {
        let bench = try GatewayBench()
        let answer = try bench.answer(Self.request(after: "testepoch-7"))
        #expect(answer.status == .ok)
        #expect(answer.fields[.contentType] == "text/event-stream")
        #expect(answer.fields[.accessControlAllowOrigin] == GatewayBench.allowedOrigin)
        #expect(answer.refusal == "token-missing")
        #expect(answer.text.hasPrefix("retry: 3000\nid: "))
        #expect(
            answer.text.contains("id: testepoch-7~rejected\nevent: sluice.rejected\ndata: {\"code\":\"token-missing\""))
        #expect(answer.text.hasSuffix("\"retryable\":false}\n\n"))
    }

    @Test func `a page that has been told and is refused again is stopped`() throws {
        let bench = try GatewayBench()
        for id in ["testepoch-7~rejected", "~rejected"] {
            let answer = try bench.answer(Self.request(after: id))
            #expect(answer.status == .noContent)
            #expect(answer.text.isEmpty)
            #expect(answer.fields[.accessControlAllowOrigin] == GatewayBench.allowedOrigin)
        }
        let first = try bench.answer(Self.request(Self.path + "&lastEventId=%7Erejected"))
        #expect(first.status == .noContent)
    }

    @Test func `a page that has signed in meanwhile goes on where it was`() throws {
        let bench = try GatewayBench()
        let token = try bench.token()
        #expect(
            try bench.stream(Self.request(token: token, after: "testepoch-7~rejected")).lastEventID == "testepoch-7")
        #expect(try bench.stream(Self.request(token: token, after: "~rejected")).lastEventID == "")
        #expect(try bench.stream(Self.request(token: token, after: "testepoch-7")).lastEventID == "testepoch-7")
    }

    /// By an event, and not by a block without data: that one is an event to many readers.
    @Test(arguments: [
        ("testepoch-0", "sluice.open"), ("", "sluice.open"), ("testepoch-7", "sluice.gap"), ("a%0Ab", "sluice.gap"),
        (String(repeating: "x", count: 255), "sluice.gap"),
    ])
    func `a page that is let in forgets that it was refused`(place: String, event: String) async throws {
        let bench = try GatewayBench()
        let token = try bench.token()
        let wire = try await Wire(bench.gateway, on: bench.bench.loop)
        try await wire.send(
            "GET \(Self.path)&lastEventId=\(place)~rejected HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
        )
        let text = try await wire.received()
        let block = "id: testepoch-0\nevent: \(event)\ndata: {"
        #expect(text.contains(block), "\(text)")
        let http2 = try await HTTP2Wire(bench.gateway, on: bench.bench.loop)
        let request = try await http2.exchange(
            .request(1, "\(Self.path)&lastEventId=\(place)~rejected", [("authorization", "Bearer \(token)")]))
        #expect(request.body.hasPrefix("retry: 3000\n\(block)"), "\(request.body)")
    }

    @Test func `who was not refused is told no place`() throws {
        let bench = try GatewayBench()
        #expect(try bench.stream(Self.request(token: bench.token(), after: "testepoch-7")).followsRejection == false)
    }

    @Test func `a page that has had nothing has nothing before the mark`() throws {
        let bench = try GatewayBench()
        #expect(try bench.answer(Self.request()).text.contains("id: ~rejected\n"))
    }

    @Test func `an id that fits into no field is not repeated`() throws {
        let bench = try GatewayBench()
        for id in ["a%0Ab", "a%0Dretry:1", String(repeating: "x", count: 300)] {
            let answer = try bench.answer(Self.request(Self.path + "&lastEventId=\(id)"))
            #expect(answer.text.contains("\nid: ~rejected\n"), "\(answer.text)")
        }
    }

    @Test func `missing grants and bad topics are told as well`() throws {
        let bench = try GatewayBench()
        let token = try bench.token(subscribe: ["news"])
        for (topic, code) in [("sport", "grant-missing"), ("*", "topic-invalid")] {
            let answer = try bench.answer(Self.request(Self.path + "&topic=\(topic)", token: token))
            #expect(answer.status == .ok)
            #expect(answer.text.contains(#""code":"\#(code)""#))
        }
    }

    @Test func `programs keep their status codes`() throws {
        let bench = try GatewayBench()
        for path in ["/v1/stream", "/v1/stream?refusals=status", "/v1/stream?refusals="] {
            #expect(try bench.answer(Self.request(path)).status == .unauthorized)
        }
        var head = Self.request()
        head.method = .head
        #expect(try bench.answer(head).status == .unauthorized)
    }

    @Test func `another origin's page is told nothing`() throws {
        let bench = try GatewayBench()
        var request = Self.request()
        request.headerFields[.origin] = GatewayBench.otherOrigin
        let answer = try bench.answer(request)
        #expect(answer.status == .forbidden)
        #expect(answer.fields[.accessControlAllowOrigin] == nil)
    }
}
