// The pipeline's first handler: next to the socket, before TLS. It looks at a connection's first bytes.

internal import HTTPServing
internal import NIOCore
internal import NIOOpenSSL

/// Tells clients that speak no TLS that this port does. It goes when the first bytes are TLS's.
final class EntranceHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// At nothing yet, or at what one read brought as it came: a ClientHello that is whole is not copied.
        case looking(ByteBuffer?)
        case passing
        /// The client has its answer; what it still sends is thrown away, so that it can read that (RFC 9112 §9.6).
        case lingering(end: Scheduled<Void>)
    }

    private var state = State.looking(nil)
    /// TLS has them, too, and keeps them until the end.
    private var places: ConnectionPlaces?
    private let linger: TimeAmount
    private let turnedAway: (FirstBytes) -> Void

    /// - Parameters:
    ///   - places: where the connection is counted. One that a proxy brings has its address's when that is known.
    ///   - linger: how long a client has to read its answer.
    ///   - turnedAway: told of who spoke no TLS, once.
    init(places: ConnectionPlaces? = nil, linger: TimeAmount, turnedAway: @escaping (FirstBytes) -> Void) {
        self.places = places
        self.linger = linger
        self.turnedAway = turnedAway
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .passing: context.fireChannelRead(data)
        case .lingering: break
        case .looking(var bytes):
            // The first read has room for a few bytes only, and a second one follows at once.
            if bytes == nil { try? context.channel.readOnceATurn() }
            bytes.setOrWriteImmutableBuffer(unwrapInboundIn(data))
            state = .looking(bytes)
            if let bytes { decide(bytes, context) }
        }
    }

    private func decide(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard bytes.readableBytes > 0 else { return }
        let first = FirstBytes(bytes.readableBytesView)
        guard first != .undecided else { return }
        if let answer = first.answer { return turnAway(first, answer, context) }
        state = .passing
        if first == .proxyHeader { turnedAway(first) }
        context.fireChannelRead(wrapInboundOut(bytes))
        // With thousands of connections, a handler less to keep.
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func turnAway(_ first: FirstBytes, _ answer: ByteBuffer, _ context: ChannelHandlerContext) {
        state = .lingering(
            end: context.eventLoop.assumeIsolated().scheduleTask(in: linger) { context.close(promise: nil) })
        turnedAway(first)
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
        if let told = event as? ClientAddressTold { places?.address = told.place }
        context.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) { places = nil }

    func channelInactive(context: ChannelHandlerContext) {
        stopLingering()
        context.fireChannelInactive()
    }

    private func stopLingering() {
        if case .lingering(let end) = state { end.cancel() }
        state = .passing
    }

    /// A client that is being told something is not cut off by those who hear of its mistake.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .lingering = state, mode == .all else { return context.close(mode: mode, promise: promise) }
        context.channel.closeFuture.cascade(to: promise)
    }

    /// A connection that has to end now is closed by TLS, which hands this on before.
    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if event is any AbruptClose { stopLingering() }
        context.triggerUserOutboundEvent(event, promise: promise)
    }
}
