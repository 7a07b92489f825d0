import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import GatewayClient

@Suite struct ExchangeHandlerTests {
    private let channel = EmbeddedChannel()
    private let handler: ExchangeHandler
    private let head: HTTPRequestHead

    init() throws {
        let url = try GatewayURL("https://gateway.example")
        handler = ExchangeHandler(url: url, maximumAnswerBytes: 64)
        head = GatewayRequest.publish(
            at: url, token: try BearerToken("abc"), mediaType: "application/json", byteCount: 2, key: "k")
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 443)).wait()
    }

    private func perform() -> EventLoopFuture<ExchangeAnswer> {
        let answer = channel.eventLoop.makePromise(of: ExchangeAnswer.self)
        handler.perform(
            ExchangeRequest(head: head, body: ByteBuffer(string: "{}"), timeout: .seconds(30)), answer: answer)
        return answer.futureResult
    }

    private func respond(_ body: String, headers: HTTPHeaders = [:]) throws {
        try channel.writeInbound(
            HTTPClientResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)))
        try channel.writeInbound(HTTPClientResponsePart.body(ByteBuffer(string: body)))
        try channel.writeInbound(HTTPClientResponsePart.end(nil))
    }

    private func code(_ future: EventLoopFuture<ExchangeAnswer>) -> GatewayClientError.Code? {
        do {
            _ = try future.wait()
            return nil
        } catch {
            return (error as? GatewayClientError)?.code
        }
    }

    @Test func `one connection carries one exchange after the other`() throws {
        for body in ["one", "two"] {
            let future = perform()
            guard case .head(let head) = try channel.readOutbound(as: HTTPClientRequestPart.self) else {
                Issue.record("no request")
                return
            }
            #expect(head.headers["Content-Length"] == ["2"])
            #expect(try channel.readOutbound() == HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(string: "{}"))))
            #expect(try channel.readOutbound() == HTTPClientRequestPart.end(nil))
            try respond(body)
            let answer = try future.wait()
            #expect(String(buffer: answer.body) == body)
            #expect(answer.keepsConnection)
        }
        #expect(channel.isActive)
    }

    @Test func `Connection close is obeyed`() throws {
        let future = perform()
        try respond("x", headers: ["Connection": "close"])
        #expect(try !future.wait().keepsConnection)
        #expect(!channel.isActive)
    }

    @Test func `a second request at the same time is refused and harms nothing`() throws {
        let first = perform()
        #expect(code(perform()) == .busy)
        try respond("x")
        #expect(code(first) == nil)
    }

    @Test func `no answer in time is an unknown outcome, because the request was sent`() {
        let future = perform()
        channel.embeddedEventLoop.advanceTime(by: .seconds(30))
        #expect(code(future) == .outcomeUnknown)
        #expect(!channel.isActive)
    }

    @Test func `a request that could not be written is not sent`() throws {
        try channel.pipeline.syncOperations.addHandler(WriteHolder(), position: .first)
        let future = perform()
        channel.pipeline.fireErrorCaught(HTTPParserError.invalidConstant)
        #expect(code(future) == .invalidResponse)
    }

    @Test func `a connection that closes before an answer leaves the outcome unknown`() {
        let future = perform()
        channel.pipeline.fireChannelInactive()
        #expect(code(future) == .outcomeUnknown)
    }

    @Test func `a closed connection takes no request`() throws {
        try channel.close().wait()
        #expect(code(perform()) == .connectionClosed)
    }

    @Test func `an answer beyond the limit is cut off`() throws {
        let future = perform()
        try respond(String(repeating: "x", count: 65))
        #expect(code(future) == .outcomeUnknown)
        #expect(!channel.isActive)
    }

    @Test func `an answer ends the timer`() throws {
        let future = perform()
        try respond("x")
        channel.embeddedEventLoop.advanceTime(by: .seconds(300))
        #expect(code(future) == nil)
        #expect(channel.isActive)
    }
}

/// A socket that takes no bytes.
private final class WriteHolder: ChannelOutboundHandler {
    typealias OutboundIn = Any
    private var promises: [EventLoopPromise<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if let promise { promises.append(promise) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
        promises.removeAll()
    }
}
