internal import NIOCore
internal import NIOHTTP1

/// How long a probe watches a response.
struct ProbeTimes: Sendable {
    /// From the request to the first byte of the body.
    let firstBytes: TimeAmount
    /// From the request to what is waited for, once the body has begun.
    let whole: TimeAmount
}

/// Sends one request and notes what comes back, and when. It ends when the response is complete, when what was waited
/// for has come, or when time is over. The connection serves this request only. Runs on the channel's event loop.
final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// The rest of a body tells nothing new.
    private static let bodyLimit = 64 << 10

    private let request: HTTPRequestHead
    private let url: GatewayURL
    private let times: ProbeTimes
    private let awaited: @Sendable (String) -> Bool
    private let promise: EventLoopPromise<ProbeAnswer?>
    private var isSent = false
    private var start: NIODeadline?
    private var answer: ProbeAnswer?
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - request: what to send.
    ///   - url: whom it is for, for messages.
    ///   - times: how long to wait.
    ///   - awaited: whether the body so far has what is waited for.
    ///   - promise: gets the answer; `nil` when not even its head came in time.
    init(
        request: HTTPRequestHead, url: GatewayURL, times: ProbeTimes, awaited: @escaping @Sendable (String) -> Bool,
        promise: EventLoopPromise<ProbeAnswer?>
    ) {
        self.request = request
        self.url = url
        self.times = times
        self.awaited = awaited
        self.promise = promise
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { send(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer = ProbeAnswer(
                status: Int(head.status.code), fields: head.headers.map { ProbeField($0.name, $0.value) },
                headAfter: elapsed(context))
        case .body(let bytes): received(bytes, context)
        case .end:
            answer?.isComplete = true
            finish(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(context, GatewayClientError(connectionError: error, to: url))
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(context, GatewayClientError(code: .connectionClosed, message: "\(url) closed the connection"))
        context.fireChannelInactive()
    }

    /// Also when the address did not answer and another one is tried: a promise must not be forgotten.
    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        promise.fail(GatewayClientError(code: .connectionClosed, message: "the connection to \(url) was given up"))
    }

    private func send(_ context: ChannelHandlerContext) {
        guard !isSent else { return }
        isSent = true
        // The time begins when TLS is established, because it is about the gateway and what is in front of it, and not
        // about the handshake.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { self.begin(context) }
        context.write(wrapOutboundOut(.head(request)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard start == nil else { return }
        start = context.eventLoop.now
        wait(times.firstBytes, context)
    }

    private func wait(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        timer?.cancel()
        let deadline = (start ?? context.eventLoop.now) + time
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.finish(context) }
    }

    private func elapsed(_ context: ChannelHandlerContext) -> Duration {
        .nanoseconds((context.eventLoop.now - (start ?? context.eventLoop.now)).nanoseconds)
    }

    private func received(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard var answer else { return }
        if answer.bodyAfter == nil {
            answer.bodyAfter = elapsed(context)
            wait(times.whole, context)
        }
        answer.body += String(buffer: bytes)
        let isEnough = awaited(answer.body)
        if isEnough { answer.awaitedAfter = elapsed(context) }
        self.answer = answer
        if isEnough || answer.body.utf8.count > Self.bodyLimit { finish(context) }
    }

    private func finish(_ context: ChannelHandlerContext) {
        promise.succeed(answer)
        context.close(promise: nil)
    }

    /// Once a response has begun, it is reported, however it ended.
    private func fail(_ context: ChannelHandlerContext, _ error: GatewayClientError) {
        if answer == nil { promise.fail(error) } else { promise.succeed(answer) }
        context.close(promise: nil)
    }
}
