import GatewayClient
import NIOCore
import NIOHTTP1
import Testing

@testable import LoadFleet

/// HTTP/1.1 as the fleet reads and writes it.
@Suite struct FleetResponseReaderTests {
    private static let stream =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    /// Reads bytes piece by piece; bodies are joined.
    private func read(_ pieces: [String]) throws -> [RawResponseReader.Part] {
        var reader = RawResponseReader()
        var parts: [RawResponseReader.Part] = []
        for piece in pieces {
            reader.append(ByteBuffer(string: piece))
            while let part = try reader.next() {
                if case .body(var more) = part, case .body(var before) = parts.last {
                    before.writeBuffer(&more)
                    parts[parts.count - 1] = .body(before)
                } else {
                    parts.append(part)
                }
            }
        }
        return parts
    }

    private func body(_ text: String) -> RawResponseReader.Part { .body(ByteBuffer(string: text)) }

    @Test func `chunks, with extensions, trailers and another response behind them`() throws {
        let text = Self.stream + "5\r\nhello\r\n1;x=y\r\n \r\n0A\r\n0123456789\r\n0\r\nx: y\r\n\r\n" + Self.stream
        let expected = [.head(status: 200), body("hello 0123456789"), .end, .head(status: 200)]
        #expect(try read([text]) == expected)
        for cut in 1..<text.utf8.count {
            #expect(try read([String(text.prefix(cut)), String(text.dropFirst(cut))]) == expected)
        }
        #expect(try read(text.map(String.init)) == expected)
    }

    @Test func `a length, also of nothing, and the next answer`() throws {
        let text =
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 204 No\r\ncontent-length:0\r\n\r\n"
        let expected = [.head(status: 401), body("abc"), .end, .head(status: 204), .end]
        #expect(try read([text]) == expected)
        #expect(try read(text.map(String.init)) == expected)
    }

    @Test func `without either, the body goes on to the connection's end`() throws {
        #expect(try read(["HTTP/1.1 200 OK\r\n\r\n", "data", ": x"]) == [.head(status: 200), body("data: x")])
    }

    @Test(arguments: [
        "HTTP/2 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        stream + "xyz\r\n", stream + "-5\r\n", stream + "\r\n", stream + "5\r\nhello!\r\n", stream + "5\nhello",
        stream + String(repeating: "0", count: 2000), String(repeating: "a: b\r\n", count: 20_000),
    ])
    func `what cannot be read is an error`(_ text: String) {
        #expect(throws: GatewayClientError.self) { try read([text]) }
    }

    @Test func `a request is what an encoder would write`() throws {
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/v1/stream", headers: ["Host": "a.example", "Accept": "x"])
        #expect(
            String(buffer: RawRequest.bytes(of: head))
                == "GET /v1/stream HTTP/1.1\r\nHost: a.example\r\nAccept: x\r\n\r\n")
    }

    @Test func `publish requests say what they are and how long`() throws {
        let heads = PublishHeads(url: try GatewayURL("https://a.example/x"), token: try BearerToken("abc"))
        let (one, many) = (heads.head(isBatch: false, byteCount: 7), heads.head(isBatch: true, byteCount: 8))
        #expect(
            String(buffer: one) == "POST /x/v1/publish HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer abc\r\n"
                + "User-Agent: sluice\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n")
        #expect(String(buffer: many).contains("Content-Type: application/x-ndjson\r\nContent-Length: 8\r\n\r\n"))
    }
}
