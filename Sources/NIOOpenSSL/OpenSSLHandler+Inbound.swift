// From the network to the user: handshake steps and decrypting. Outgoing bytes that come up on the way (flights, alerts,
// key updates) are taken before anyone else is called, because the scratch memory is shared.

public import NIOCore
internal import NIOTLS
internal import OpenSSLKit

extension OpenSSLHandler {
    /// Takes ciphertext, and passes on what plaintext comes of it.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // RFC 8446 §6.1: what follows a close_notify is ignored. It is not kept, either.
        guard state.received() != .ignore else { return }
        connection?.receive(unwrapInboundIn(data))
        guard tlsContext.isServer, state.received() == .handshake else { return takeWhatCame(context) }
        // Bytes that trickle in cost no turn: it takes a whole record to go on.
        guard !isWaitingForTurn, connection?.awaitsRestOfRecord == false else { return }
        isWaitingForTurn = !scratch.mayTakeHandshakeStep(on: context.eventLoop) { self.turnHasCome(context) }
        if !isWaitingForTurn { takeWhatCame(context) }
    }

    private func takeWhatCame(_ context: ChannelHandlerContext) {
        process(context)
        flushCiphertext()
    }

    /// - Returns: whether it was taken: a connection that has ended meanwhile needs none.
    private func turnHasCome(_ context: ChannelHandlerContext) -> Bool {
        isWaitingForTurn = false
        guard connection != nil else { return false }
        takeWhatCame(context)
        guard connection != nil else { return true }
        if hasEndedWaiting {
            inputEnded(context)
            return true
        }
        if wantsRead || state.received() == .handshake { context.read() }
        wantsRead = false
        if hasDelivered { channelReadComplete(context: context) }
        return true
    }

    /// Reads no more than a record's worth while what came has not been looked at: a client could send without end. An honest one
    /// sends nothing meanwhile, and not to read from it would be two system calls.
    public func read(context: ChannelHandlerContext) {
        if isWaitingForTurn, let connection, connection.receivedBytes >= RecordScratch.maximumPlaintext {
            wantsRead = true
        } else {
            context.read()
        }
    }

    /// Asks for more when all that came was for TLS itself: the user still waits for the data it asked for. But not of a peer that
    /// takes nothing: what it sends might have to be answered.
    public func channelReadComplete(context: ChannelHandlerContext) {
        if hasDelivered {
            hasDelivered = false
            context.fireChannelReadComplete()
        } else if connection != nil, !isWaitingForTurn {
            if context.channel.isWritable { context.read() } else { wantsRead = true }
        }
    }

    /// Reads on from a peer that takes again what it is sent.
    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if wantsRead, !isWaitingForTurn, context.channel.isWritable {
            wantsRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    // Every turn looks at the state anew: whoever was called in the last one may have closed the connection.
    private func process(_ context: ChannelHandlerContext) {
        var hasMore = true
        while hasMore, let connection {
            switch state.received() {
            case .handshake: hasMore = takeHandshakeStep(context)
            case .deliver, .discard: hasMore = read(from: connection, context)
            case .ignore: hasMore = false
            }
        }
    }

    /// Takes the handshake as far as it goes.
    ///
    /// - Returns: Whether there may be data behind it.
    @discardableResult
    func takeHandshakeStep(_ context: ChannelHandlerContext) -> Bool {
        guard let outcome = connection?.handshake() else { return false }
        writeCiphertext(promise: nil)
        switch outcome {
        case .incomplete:
            return false
        case .failed(let failure):
            fail(context, TLSError(failure, otherwise: .handshakeFailed))
            return false
        case .complete:
            completeHandshake(context)
            return true
        }
    }

    private func completeHandshake(_ context: ChannelHandlerContext) {
        guard state.handshakeCompleted() == .announce else { return }
        cancelDeadline()
        if sendsDirectly { socket = DirectSocket(of: context.channel) }
        let name = connection?.facts.applicationProtocol
        context.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: name))
        encryptFlushed()
    }

    private func read(from connection: TLSConnection, _ context: ChannelHandlerContext) -> Bool {
        let outcome = connection.read(at: context.eventLoop.now)
        writeCiphertext(promise: nil)
        if let plaintext = outcome.plaintext, state.received() == .deliver {
            hasDelivered = true
            context.fireChannelRead(wrapInboundOut(plaintext))
        }
        switch outcome.status {
        case .more:
            return true
        case .incomplete:
            return false
        case .closedByPeer:
            peerClosed(context)
            return false
        case .failed(let failure):
            fail(context, TLSError(failure, otherwise: .recordInvalid))
            return false
        }
    }

    private func peerClosed(_ context: ChannelHandlerContext) {
        switch state.peerClosed(halfClosure: allowsHalfClosure(context)) {
        case .announceInputClosed:
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .answerAndClose:
            sendCloseNotify()
            finish(context)
        case .finish:
            finish(context)
        case .none:
            break
        }
    }

    private func finish(_ context: ChannelHandlerContext) {
        context.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted)
        closeChannel(context)
    }

    // In TLS 1.3 close_notify ends only its sender's direction (RFC 8446 §6.1). TLS 1.2 has its receiver throw away what it
    // still had to say (RFC 5246 §7.2.1), and RFC 8446 says why that was wrong: it cuts off the other direction. Who does not
    // want to read on closes its socket, whatever the version.
    func allowsHalfClosure(_ context: ChannelHandlerContext) -> Bool {
        (try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)) ?? false
    }
}
