// The pipeline's first handler: next to the socket, before TLS. It looks at a connection's first bytes, and closes a
// channel that has to be closed at once.

internal import HTTPServing
internal import NIOCore
internal import NIOOpenSSL

/// Tells clients that speak no TLS that this port does, and passes on everything else.
final class EntranceHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What is needed until the first bytes are known: with thousands of connections, one object less to keep.
    private final class FirstLook {
        /// Nothing yet, or what one read brought as it came: a ClientHello that is whole is not copied.
        var bytes: ByteBuffer?
        /// When it is closed that has its answer.
        var end: Scheduled<Void>?
        let linger: TimeAmount
        let turnedAway: (FirstBytes) -> Void

        init(linger: TimeAmount, turnedAway: @escaping (FirstBytes) -> Void) {
            self.linger = linger
            self.turnedAway = turnedAway
        }
    }

    private enum State {
        case looking(FirstLook)
        case passing
        /// The client has its answer; what it still sends is thrown away, so that it can read that (RFC 9112 §9.6).
        case lingering(FirstLook)
    }

    private var state: State
    /// Both are held until the connection is closed.
    private var seat: ConnectionTracker.Seat?
    private var place: AddressPlace?

    /// - Parameters:
    ///   - seat: the connection's place among all, where it is counted.
    ///   - place: the connection's place among those of its address, where these are counted.
    ///   - linger: how long a client has to read its answer.
    ///   - turnedAway: told of who spoke no TLS, once.
    init(
        seat: consuming ConnectionTracker.Seat? = nil, place: AddressPlace? = nil, linger: TimeAmount,
        turnedAway: @escaping (FirstBytes) -> Void
    ) {
        self.seat = seat
        self.place = place
        state = .looking(FirstLook(linger: linger, turnedAway: turnedAway))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .passing: context.fireChannelRead(data)
        case .lingering: break
        case .looking(let look):
            // The first read has room for a few bytes only, and a second one follows at once.
            if look.bytes == nil { try? context.channel.readOnceATurn() }
            look.bytes.setOrWriteImmutableBuffer(unwrapInboundIn(data))
            decide(look, context)
        }
    }

    private func decide(_ look: FirstLook, _ context: ChannelHandlerContext) {
        guard let bytes = look.bytes, bytes.readableBytes > 0 else { return }
        let first = FirstBytes(bytes.readableBytesView)
        guard first != .undecided else { return }
        state = .passing
        if let answer = first.answer { return turnAway(look, first, answer, context) }
        if first == .proxyHeader { look.turnedAway(first) }
        context.fireChannelRead(wrapInboundOut(bytes))
    }

    private func turnAway(
        _ look: FirstLook, _ first: FirstBytes, _ answer: ByteBuffer, _ context: ChannelHandlerContext
    ) {
        look.end = context.eventLoop.assumeIsolated().scheduleTask(in: look.linger) { context.close(promise: nil) }
        state = .lingering(look)
        look.turnedAway(first)
        context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        context.close(mode: .output, promise: nil)
        // TLS has nothing to do any more, and who counts handshakes hears of it.
        context.fireErrorCaught(
            TLSError(
                code: .plaintextHTTP, message: "the peer sent a plaintext HTTP request to a TLS port; use https://"))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The client has what it gets, and has left.
        if case .lingering = state, case .some(.inputClosed) = event as? ChannelEvent {
            return context.close(promise: nil)
        }
        if let told = event as? ClientAddressTold { place = told.place }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        seat = nil
        place = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .lingering(let look) = state { look.end?.cancel() }
        state = .passing
        context.fireChannelInactive()
    }

    /// A client that is being told something is not cut off by those who hear of its mistake.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .lingering = state, mode == .all else { return context.close(mode: mode, promise: promise) }
        context.channel.closeFuture.cascade(to: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is CutOff else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }
}
