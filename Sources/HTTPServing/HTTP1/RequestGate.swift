// The first of HTTP/1.1's handlers: it keeps what can't be handled yet, as the bytes that it is. So a request that
// waits is not decoded, either, and what comes behind it is seen in its order.

package import NIOCore

/// Lets bytes through to the decoder while its connection takes requests.
///
/// The decoder asks between two requests, and between a head and its body. When the gate is shut then, the rest comes
/// back here. When it is open again, all goes on as if the bytes had just come, the end of the client's side included.
package final class RequestGate: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    /// Who handles the requests. Set while both are in the pipeline.
    var owner: HTTP1ConnectionHandler?
    private var context: ChannelHandlerContext?
    private var kept = KeptInput()
    private var isPassing = false
    /// Whether the client has closed its side, and the decoder has not heard of it yet.
    private var hasEnded = false
    private var isOver = false

    /// Whether the next bytes may be handled. Always, once nobody handles requests any more.
    var isOpen: Bool {
        guard let owner, context != nil else { return true }
        return owner.takesInput && owner.isWritable
    }

    /// Whether something waits, be it that its turn has come and the decoder has not got through it.
    var isHolding: Bool { isPassing || !kept.isEmpty }

    /// Whether something waits for the gate to open.
    var isKeeping: Bool { !kept.isEmpty }

    /// Whether nothing more comes from the client, be it that something still waits.
    var hasInputEnded: Bool { hasEnded || isOver }

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        kept.removeAll()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(unwrapInboundIn(data), context) }

    /// The same right from TLS, past the pipeline.
    package func take(_ plaintext: ByteBuffer) {
        if let context { take(plaintext, context) }
    }

    /// All that has been read was brought.
    package func tookAll() { owner?.tookAll() }

    private func take(_ plaintext: ByteBuffer, _ context: ChannelHandlerContext) {
        guard !isHolding, isOpen, !isOver else { return keep(plaintext) }
        guard let owner else { return context.fireChannelRead(wrapInboundOut(plaintext)) }
        owner.readBegins()
        var bytes = plaintext
        takeKnown(&bytes, for: owner)
        guard kept.isEmpty else {
            if bytes.readableBytes > 0 { putBack(bytes) }
            return pass()
        }
        if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
        if hasEnded { pass() }
    }

    /// What is answered may be flushed, and where that fails all that the client has sent comes at once: it is kept
    /// behind the rest of these bytes.
    private func takeKnown(_ bytes: inout ByteBuffer, for owner: HTTP1ConnectionHandler) {
        isPassing = true
        defer { isPassing = false }
        owner.decoder.takeKnown(&bytes, for: owner, through: self)
    }

    private func keep(_ bytes: ByteBuffer) {
        guard !isOver else { return }
        guard kept.append(bytes) else { return owner?.inputHasEnded() ?? () }
        owner?.keeps(bytes.readableBytes)
    }

    /// What the decoder does not take of the bytes that it was given last.
    func putBack(_ rest: ByteBuffer) {
        kept.putBack(rest)
        owner?.keeps(rest.readableBytes)
    }

    /// Passes on what waits, as far as it may be handled.
    func pass() {
        guard !isPassing, let context else { return }
        isPassing = true
        while isOpen, let bytes = kept.popFirst() {
            owner?.letsGo(of: bytes.readableBytes)
            context.fireChannelRead(wrapInboundOut(bytes))
        }
        isPassing = false
        if kept.isEmpty, hasEnded || kept.isCut, !isOver { end(context) }
    }

    private func end(_ context: ChannelHandlerContext) {
        isOver = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        hasEnded = true
        if isHolding { owner?.inputHasEnded() } else if !isOver { end(context) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        kept.removeAll()
        context.fireChannelInactive()
    }
}
