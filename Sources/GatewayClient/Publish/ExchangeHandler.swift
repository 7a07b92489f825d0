internal import NIOCore
internal import NIOHTTP1

/// Carries one request at a time over a keep-alive connection and collects its answer, within a time and a size.
///
/// A failure says whether the gateway may have seen the request, because that decides whether a repeat is harmless.
/// Runs on the channel's event loop.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = Never
    typealias OutboundOut = HTTPClientRequestPart

    private let url: GatewayURL
    private let maximumAnswerBytes: Int
    private var context: ChannelHandlerContext?
    private var current: EventLoopPromise<ExchangeAnswer>?
    private var mayHaveArrived = false
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()
    private var timer: Scheduled<Void>?
    /// Why the connection ended. TLS may fail before the first request comes, which is then told why.
    private var ending: GatewayClientError?

    init(url: GatewayURL, maximumAnswerBytes: Int = 4 << 20) {
        self.url = url
        self.maximumAnswerBytes = maximumAnswerBytes
    }

    /// Sends a request. Call on the channel's event loop.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - answer: gets the answer, or a `GatewayClientError`.
    func perform(_ request: ExchangeRequest, answer: EventLoopPromise<ExchangeAnswer>) {
        guard let context, context.channel.isActive else {
            return answer.fail(ending ?? error(.connectionClosed, "\(url) closed the connection"))
        }
        guard current == nil else {
            return answer.fail(error(.busy, "the connection is waiting for another answer"))
        }
        current = answer
        mayHaveArrived = false
        startTimer(request.timeout, context)
        let written = context.eventLoop.makePromise(of: Void.self)
        // Bytes that reached the socket may have reached the gateway, whatever happens to the rest.
        written.futureResult.assumeIsolated().whenSuccess { self.mayHaveArrived = true }
        context.write(wrapOutboundOut(.head(request.head)), promise: written)
        context.write(wrapOutboundOut(.body(.byteBuffer(request.body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        reset()?.fail(error(.connectionClosed, "the connection to \(url) was given up"))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            mayHaveArrived = true
            self.head = head
        case .body(let bytes):
            guard body.readableBytes + bytes.readableBytes <= maximumAnswerBytes else {
                fail(context, error(.tooLarge, "\(url) answers with more than \(maximumAnswerBytes) bytes"))
                return
            }
            body.writeImmutableBuffer(bytes)
        case .end: succeed(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(context, GatewayClientError(connectionError: error, to: url))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(context, error(.connectionClosed, "\(url) closed the connection before it answered"))
        context.fireChannelInactive()
    }

    private func startTimer(_ timeout: TimeAmount, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            let seconds = timeout.nanoseconds / 1_000_000_000
            self.fail(context, self.error(.timeout, "\(self.url) did not answer within \(seconds) s"))
        }
    }

    private func succeed(_ context: ChannelHandlerContext) {
        guard let head else { return }
        let answer = ExchangeAnswer(
            status: Int(head.status.code), contentType: head.headers.first(name: "Content-Type"),
            retryAfter: RetryAfter.wait(in: head.headers), body: body, keepsConnection: head.isKeepAlive)
        let answered = reset()
        if !answer.keepsConnection { context.close(promise: nil) }
        answered?.succeed(answer)
    }

    private func fail(_ context: ChannelHandlerContext, _ error: GatewayClientError) {
        let isUnknown = mayHaveArrived
        ending = ending ?? error
        let failed = reset()
        context.close(promise: nil)
        failed?.fail(isUnknown ? Self.unknown(error) : error)
    }

    private func reset() -> EventLoopPromise<ExchangeAnswer>? {
        defer { current = nil }
        timer?.cancel()
        head = nil
        body = ByteBuffer()
        return current
    }

    private func error(_ code: GatewayClientError.Code, _ message: String) -> GatewayClientError {
        GatewayClientError(code: code, message: message)
    }

    /// RFC 9110 §9.2.2: a POST must not be repeated on its own when it may have had its effect.
    private static func unknown(_ error: GatewayClientError) -> GatewayClientError {
        GatewayClientError(
            code: .outcomeUnknown,
            message: "the request was sent and not answered; only with the same Idempotency-Key is a repeat harmless",
            cause: error)
    }
}
