// From the network to the user: handshake steps and decrypting. The handler takes outgoing bytes that come up on the
// way (flights, alerts, key updates) before it calls anyone else, because the connections share the scratch memory.

public import NIOCore
internal import NIOTLS
internal import OpenSSLKit

extension OpenSSLHandler {
    /// Takes ciphertext, and passes on the plaintext.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // RFC 8446 §6.1: what follows a close_notify is ignored. It is not kept, either.
        guard state.received() != .ignore else { return }
        let ciphertext = unwrapInboundIn(data)
        scratch.traffic.countReceived(ciphertext.readableBytes)
        connection?.receive(ciphertext)
        guard tlsContext.isServer, state.received() == .handshake else { return takeWhatCame(context) }
        // Bytes that trickle in cost no turn: the handshake goes on with a whole record only.
        guard !isWaitingForTurn, connection?.awaitsRestOfRecord == false else { return }
        isWaitingForTurn = !scratch.mayTakeHandshakeStep(on: context.eventLoop) { self.turnHasCome(context) }
        if !isWaitingForTurn { takeWhatCame(context) }
    }

    private func takeWhatCame(_ context: ChannelHandlerContext) {
        process(context)
        flushCiphertext()
    }

    /// - Returns: whether it took its turn. A connection that has ended meanwhile needs none.
    private func turnHasCome(_ context: ChannelHandlerContext) -> Bool {
        isWaitingForTurn = false
        guard connection != nil else { return false }
        takeWhatCame(context)
        guard connection != nil else { return true }
        if hasEndedWaiting {
            // As without a wait: what was read is complete before the end that came behind it.
            if hasDelivered { channelReadComplete(context: context) }
            if connection != nil { inputEnded(context) }
            return true
        }
        if wantsRead || state.received() == .handshake { context.read() }
        wantsRead = false
        if hasDelivered { channelReadComplete(context: context) }
        return true
    }

    /// Reads on while the handshake waits for a turn, up to the size of a record: a client could send without end. An
    /// honest client sends nothing meanwhile, and to stop reading would cost two system calls.
    public func read(context: ChannelHandlerContext) {
        if isWaitingForTurn, let connection, connection.receivedBytes >= RecordScratch.maximumPlaintext {
            wantsRead = true
        } else {
            context.read()
        }
    }

    /// Has the plaintext taken past the pipeline by the next handler, until it says nobody does.
    package func reads(for reader: (any PlaintextReader)?) { self.reader = reader }

    /// Asks for more when all that came was for TLS itself, because the user still waits for the data that it asked
    /// for. It does not ask a peer that reads nothing, whose bytes might need an answer.
    public func channelReadComplete(context: ChannelHandlerContext) {
        if hasDelivered {
            hasDelivered = false
            if let reader { reader.tookAll() } else { context.fireChannelReadComplete() }
        } else if connection != nil, !isWaitingForTurn {
            if context.channel.isWritable { context.read() } else { wantsRead = true }
        }
    }

    /// Reads on from a peer that reads again.
    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if wantsRead, !isWaitingForTurn, context.channel.isWritable {
            wantsRead = false
            context.read()
        }
        context.fireChannelWritabilityChanged()
    }

    // Each round looks at the state anew: whoever the last one called may have closed the connection.
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

    /// Goes on with the handshake as far as its bytes reach.
    ///
    /// - Returns: Whether data may follow.
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
        // An alert, or a key update's answer. Nearly always there is nothing.
        if scratch.records.ciphertextBytes > 0 { writeCiphertext(promise: nil) }
        if let plaintext = outcome.plaintext, state.received() == .deliver {
            hasDelivered = true
            if let reader { reader.take(plaintext) } else { context.fireChannelRead(wrapInboundOut(plaintext)) }
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
        case .finishWhenTaken:
            awaitSocket(context)
            context.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted)
        case .none:
            break
        }
    }

    private func finish(_ context: ChannelHandlerContext) {
        context.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted)
        closeChannel(context)
    }

    // In TLS 1.3 close_notify ends only its sender's direction (RFC 8446 §6.1). In TLS 1.2 its receiver throws away
    // what it still had to send (RFC 5246 §7.2.1). RFC 8446 says why that was wrong: it cuts off the other direction. A
    // peer that does not want to read on closes its socket, whatever the version.
    func allowsHalfClosure(_ context: ChannelHandlerContext) -> Bool {
        (try? context.channel.syncOptions?.getOption(.allowRemoteHalfClosure)) ?? false
    }
}
