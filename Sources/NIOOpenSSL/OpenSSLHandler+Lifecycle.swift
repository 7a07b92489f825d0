// The channel's life as the TLS handler sees it: activation, deadlines, errors, the end.

public import NIOCore
internal import NIOTLS
internal import OpenSSLKit

extension OpenSSLHandler {
    /// Begins the handshake at once if the channel is active already.
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { activate(context) }
    }

    /// Lets go of everything; the channel is gone.
    public func handlerRemoved(context: ChannelHandlerContext) {
        _ = state.ended()
        release(failingWritesWith: ChannelError.ioOnClosedChannel)
        self.context = nil
        attachment = nil
        reader = nil
    }

    /// Begins the handshake.
    public func channelActive(context: ChannelHandlerContext) {
        // First, because the handshake may close the channel, and handlers must see active before inactive.
        context.fireChannelActive()
        activate(context)
    }

    /// Tells a clean end from a truncated one (RFC 8446 §6.1).
    public func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    /// Takes note of errors of the transport and passes everything on.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError { state.transportFailed() }
        context.fireErrorCaught(error)
    }

    /// Understands the end of a half-closed transport; passes everything else on.
    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        // The bytes before the end come first, when the handshake has its turn.
        if isWaitingForTurn { hasEndedWaiting = true } else { inputEnded(context) }
    }

    /// Ends the peer's side: the network brings nothing more, and may still take something.
    func inputEnded(_ context: ChannelHandlerContext) {
        switch state.inputEnded(halfClosure: takesBareEnd && allowsHalfClosure(context)) {
        case .announceInputClosed:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .end:
            let promise = closePromise
            closePromise = nil
            end(context)
            context.close(promise: promise)
        case .closeWhenTaken:
            awaitSocket(context)
        case .none:
            break
        }
    }

    private func activate(_ context: ChannelHandlerContext) {
        guard state.activate() == .startHandshake else { return }
        do {
            let name = peerName
            peerName = nil
            connection = try TLSConnection(context: tlsContext.base, peerName: name, scratch: scratch.records)
        } catch {
            return fail(context, TLSError(error, otherwise: .internalFailure))
        }
        handshakePlace = scratch.handshakeBegins(self, within: handshakeTimeout, on: context.eventLoop)
        if handshakePlace == nil { startDeadline(handshakeTimeout, context) }
        // A server speaks second. Before the client's first flight OpenSSL would only allocate its buffers.
        if !tlsContext.isServer {
            takeHandshakeStep(context)
            flushCiphertext()
        }
        // With automatic reading switched off nobody else would ask for the peer's flight.
        if state.received() == .handshake { context.read() }
    }

    private func end(_ context: ChannelHandlerContext) {
        let meaning = state.ended()
        release(failingWritesWith: ChannelError.ioOnClosedChannel)
        switch meaning {
        case .clean:
            break
        case .interrupted:
            context.fireErrorCaught(
                TLSError(code: .handshakeInterrupted, message: "the connection ended during the TLS handshake"))
        case .truncated:
            context.fireErrorCaught(
                TLSError(
                    code: .truncated,
                    message: "the connection ended without close_notify; what was received may be incomplete"))
        }
    }

    /// Lets go of the connection, the deadline, the waiting writes and the close promise.
    func release(failingWritesWith error: any Error) {
        cancelDeadline()
        hasEndedWaiting = false
        connection = nil
        socket = nil
        givenCopy = nil
        let writes = pending.takeAll()
        let closed = closePromise
        closePromise = nil
        for write in writes { write.promise?.fail(error) }
        closed?.succeed(())
    }
}

// MARK: - Deadlines

extension OpenSSLHandler {
    private func startDeadline(_ amount: TimeAmount, _ context: ChannelHandlerContext) {
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: amount) { self.deadlinePassed(context) }
    }

    /// Gives the peer its time to take what was sent, and to say close_notify. It begins anew as long as the peer
    /// reads.
    func startShutdownDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        // The socket may have taken all at once, and the channel be closed.
        guard connection != nil else { return }
        let before = untakenBytes(context)
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: shutdownTimeout) {
            self.deadlinePassed(context, peerTook: before - self.untakenBytes(context))
        }
    }

    /// The peer's side has ended, and the socket has not taken all of ours.
    func awaitSocket(_ context: ChannelHandlerContext) {
        if deadline == nil { startShutdownDeadline(context) }
    }

    /// How many bytes of what was sent wait for the peer, be it in the channel or in the kernel. Without a socket
    /// nobody knows, and no peer has more time.
    private func untakenBytes(_ context: ChannelHandlerContext) -> Int {
        (socket ?? DirectSocket(of: context.channel))?.unacknowledgedBytes ?? 0
    }

    func cancelDeadline() {
        deadline?.cancel()
        deadline = nil
        guard let place = handshakePlace else { return }
        scratch.handshakeEnded(place)
        handshakePlace = nil
    }

    /// The event loop's timer found this handshake unfinished.
    func handshakeDeadlinePassed() {
        handshakePlace = nil
        if let context { deadlinePassed(context) }
    }

    private func deadlinePassed(_ context: ChannelHandlerContext, peerTook: Int = 0) {
        deadline = nil
        switch state.deadlinePassed(peerTook: peerTook) {
        case .abortHandshake:
            let limit = handshakeTimeout.nanoseconds / 1_000_000
            let message = "the TLS handshake was not complete within \(limit) ms"
            report(context, TLSError(code: .handshakeTimedOut, message: message))
        case .closeChannel:
            closeChannel(context)
        case .waitOn:
            startShutdownDeadline(context)
        case .none:
            break
        }
    }
}

// MARK: - Failures

extension OpenSSLHandler {
    /// Ends a broken connection: the alert, the error, the channel.
    func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        switch state.failed() {
        case .reportAndClose: report(context, error)
        case .closeChannel: closeChannel(context)
        case .none: break
        }
    }

    private func report(_ context: ChannelHandlerContext, _ error: TLSError) {
        writeCiphertext(promise: nil)
        flushCiphertext()
        release(failingWritesWith: error)
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    /// Closes the channel, answering the close that waits for it.
    func closeChannel(_ context: ChannelHandlerContext) {
        let promise = closePromise
        closePromise = nil
        release(failingWritesWith: ChannelError.ioOnClosedChannel)
        context.close(promise: promise)
    }
}
