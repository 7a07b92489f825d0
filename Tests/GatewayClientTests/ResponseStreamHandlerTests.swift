import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import GatewayClient

@Suite struct ResponseStreamHandlerTests {
    private let channel = EmbeddedChannel()
    private let parts: ResponseParts

    init() throws {
        let url = try GatewayURL("https://gateway.example")
        let request = GatewayRequest.stream(
            at: url, token: try BearerToken("abc"), topics: ["rooms/1"], lastEventID: "e-7")
        let parts = ResponseParts.make(for: channel)
        self.parts = parts.sequence
        try channel.pipeline.syncOperations.addHandler(
            ResponseStreamHandler(request: request, url: url, timeout: .seconds(60), source: parts.source))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 443)).wait()
    }

    private func respond(_ parts: HTTPClientResponsePart...) throws {
        for part in parts { try channel.writeInbound(part) }
    }

    private let ok = HTTPClientResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok))

    @Test func `asks for the stream as soon as the connection is there`() throws {
        guard case .head(let head) = try channel.readOutbound(as: HTTPClientRequestPart.self) else {
            Issue.record("no request")
            return
        }
        #expect(head.method == .GET)
        #expect(head.uri == "/v1/stream?topic=rooms%2F1")
        #expect(head.headers["Host"] == ["gateway.example"])
        #expect(head.headers["Authorization"] == ["Bearer abc"])
        #expect(head.headers["Accept"] == ["text/event-stream"])
        #expect(head.headers["Last-Event-ID"] == ["e-7"])
    }

    @Test func `passes the parts on and closes behind the end`() async throws {
        try respond(ok, .body(ByteBuffer(string: "data: x\n\n")), .end(nil))
        let iterator = parts.makeAsyncIterator()
        var received: [HTTPClientResponsePart] = []
        while let part = try await iterator.next() { received.append(part) }
        #expect(received == [ok, .body(ByteBuffer(string: "data: x\n\n")), .end(nil)])
        #expect(!channel.isActive)
    }

    @Test func `a connection that says nothing for the timeout is given up`() async throws {
        try respond(ok)
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        try respond(.body(ByteBuffer(string: ":\n\n")))
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        #expect(await failure() == .timeout)
    }

    @Test func `a reader that is behind stops the reading, and is not called dead`() throws {
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(reads, position: .first)
        try respond(ok)
        for number in 0..<8 { try respond(.body(ByteBuffer(integer: number))) }
        let before = reads.count
        channel.read()
        channel.embeddedEventLoop.advanceTime(by: .seconds(600))
        #expect(reads.count == before)
        #expect(channel.isActive)
        channel.pipeline.fireUserInboundEventTriggered(ResponseDemand.WantsMore())
        #expect(reads.count == before + 1)
        channel.embeddedEventLoop.advanceTime(by: .seconds(120))
        #expect(!channel.isActive)
    }

    @Test func `a close without an end is told`() async throws {
        try respond(ok)
        channel.pipeline.fireChannelInactive()
        #expect(await failure() == .connectionClosed)
    }

    @Test func `an error is told in our words`() async throws {
        channel.pipeline.fireErrorCaught(HTTPParserError.invalidConstant)
        #expect(await failure() == .invalidResponse)
        #expect(!channel.isActive)
    }

    @Test func `a reader that leaves closes the connection`() throws {
        do {
            let iterator = parts.makeAsyncIterator()
            _ = iterator
        }
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
    }

    private func failure() async -> GatewayClientError.Code? {
        do {
            for try await _ in parts {}
            return nil
        } catch {
            return (error as? GatewayClientError)?.code
        }
    }
}

/// Counts the reads that reach the socket.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = Any
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}
