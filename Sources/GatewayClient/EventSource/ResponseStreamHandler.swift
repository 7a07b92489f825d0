internal import NIOCore
internal import NIOHTTP1

/// Asks for one event stream on one connection and passes the response's parts to its reader.
///
/// It stops reading while the reader is behind, and ends the connection that is silent for too long. It decides nothing
/// about what the response means: `EventSourceState` does. Runs on the channel's event loop.
final class ResponseStreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPClientRequestPart

    private let request: HTTPRequestHead
    private let url: GatewayURL
    private let timeout: TimeAmount
    private let source: ResponseParts.Source
    private var watch: SilenceWatch?
    private var timer: Scheduled<Void>?
    private var isPaused = false
    private var readIsPending = false

    init(request: HTTPRequestHead, url: GatewayURL, timeout: TimeAmount, source: ResponseParts.Source) {
        self.request = request
        self.url = url
        self.timeout = timeout
        self.source = source
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        watch?.heard(now: context.eventLoop.now)
        let part = unwrapInboundIn(data)
        let result = source.yield(contentsOf: CollectionOfOne(part))
        if case .end = part { return finish(context, nil) }
        switch result {
        case .produceMore: break
        case .stopProducing:
            isPaused = true
            watch?.paused()
        case .dropped: context.close(promise: nil)
        }
    }

    func read(context: ChannelHandlerContext) {
        if isPaused {
            readIsPending = true
        } else {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ResponseDemand.WantsMore else { return context.fireUserInboundEventTriggered(event) }
        isPaused = false
        watch?.resumed(now: context.eventLoop.now)
        guard readIsPending else { return }
        readIsPending = false
        context.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(context, GatewayClientError(connectionError: error, to: url))
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, GatewayClientError(code: .connectionClosed, message: "\(url) closed the connection"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard watch == nil else { return }
        let watch = SilenceWatch(timeout: timeout, now: context.eventLoop.now)
        self.watch = watch
        schedule(at: context.eventLoop.now + timeout, context)
        context.write(wrapOutboundOut(.head(request)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func schedule(at deadline: NIODeadline, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.check(context) }
    }

    private func check(_ context: ChannelHandlerContext) {
        switch watch?.check(now: context.eventLoop.now) {
        case .checkAgain(let deadline): schedule(at: deadline, context)
        case .dead:
            finish(
                context,
                GatewayClientError(
                    code: .timeout, message: "\(url) sent nothing, not even a heartbeat, for \(timeout.seconds) s"))
        case nil: break
        }
    }

    /// Ends the reader's sequence; the first ending counts. The connection serves one request and is closed.
    private func finish(_ context: ChannelHandlerContext, _ error: GatewayClientError?) {
        timer?.cancel()
        if let error { source.finish(error) } else { source.finish() }
        context.close(promise: nil)
    }
}

extension TimeAmount {
    /// Whole seconds, for messages.
    fileprivate var seconds: Int64 { nanoseconds / 1_000_000_000 }
}
