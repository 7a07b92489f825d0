// The user's end of the connection: close_notify before the channel is closed (RFC 8446 §6.1).

public import NIOCore
internal import OpenSSLKit

/// An outbound user event of yours that closes the channel at once: without close_notify, and without waiting for the
/// peer's.
///
/// For a connection that has to end now, when a peer that reads nothing would keep it. To the peer it looks truncated
/// (RFC 8446 §6.1).
public protocol AbruptClose: Sendable {}

extension OpenSSLHandler {
    /// Closes the channel past TLS if the event says so (``AbruptClose``). Handlers nearer to the socket hear of it
    /// before.
    public func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is any AbruptClose else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.triggerUserOutboundEvent(event, promise: nil)
        context.close(promise: promise)
    }

    /// Ends TLS properly, then closes the channel or its output.
    public func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .all: perform(state.close(), context, promise)
        case .output: perform(state.closeOutput(), context, promise)
        // TLS cannot ask its peer to stop writing.
        case .input: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    private func perform(
        _ action: StateMachine.CloseAction, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        switch action {
        case .shutDownAndWait:
            closePromise = promise
            endOutput(context) { self.awaitPeer(context) }
        case .waitForPeer:
            closePromise = promise
            awaitPeer(context)
        case .shutDownAndClose:
            closePromise = promise
            endOutput(context) { self.startShutdownDeadline(context) }
        case .shutDownOutput:
            endOutput(context) { context.close(mode: .output, promise: promise) }
        case .closeChannel:
            closePromise = promise
            closeChannel(context)
        case .join:
            join(promise)
        case .refuseOutputClosed:
            promise?.fail(ChannelError.outputClosed)
        case .refuseUnsupported:
            promise?.fail(ChannelError.operationUnsupported)
        }
    }

    /// Sends what was written, then close_notify, and notes when the socket has taken it: one that is closed forgets
    /// what it has not taken.
    private func endOutput(_ context: ChannelHandlerContext, then: @escaping () -> Void) {
        // Whoever closes may have been called in the middle of a flush. What that has still to encrypt goes first.
        guard !isEncrypting else {
            return context.eventLoop.assumeIsolated().execute { self.endOutput(context, then: then) }
        }
        let taken = context.eventLoop.makePromise(of: Void.self)
        // A write that fails is the channel's end, which is told by itself.
        taken.futureResult.assumeIsolated().whenSuccess {
            if self.state.drained() { self.closeChannel(context) }
        }
        sendCloseNotify(promise: taken)
        then()
    }

    private func awaitPeer(_ context: ChannelHandlerContext) {
        startShutdownDeadline(context)
        if state.received() == .discard { context.read() }
    }

    /// Sends what was written, then close_notify, in one flush.
    ///
    /// - Parameter promise: Completed when the socket has taken all of it.
    func sendCloseNotify(promise: EventLoopPromise<Void>? = nil) {
        pending.flush()
        encryptFlushed()
        connection?.shutdown()
        writeCiphertext(promise: promise)
        flushCiphertext()
    }

    private func join(_ promise: EventLoopPromise<Void>?) {
        guard let promise else { return }
        if let closePromise {
            closePromise.futureResult.cascade(to: promise)
        } else {
            closePromise = promise
        }
    }
}
