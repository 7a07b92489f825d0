// An open event stream on an HTTP/1.1 connection. Sits right behind TLS; nothing but the channel's core is between an
// event and the socket.

package import DeliveryPath
package import EventLog
package import NIOCore

/// Writes frames to the connection, chunk framing included, and tells who writes when there is room and when it is
/// over.
package final class HTTP1StreamHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    // First what each event needs: with thousands of connections, each cache line that an event touches is fetched from
    // far away.

    /// Where to write; without it through the pipeline.
    private let sink: (any WriteSink)?
    private let isChunked: Bool
    /// Whether what is written now goes to the socket soon. Nobody outside of this file sets it, or Swift would check
    /// each look at it.
    private var takesBytes = false
    package var isWritable: Bool { takesBytes }
    private var context: ChannelHandlerContext?
    /// Who writes; nobody once it is over.
    var source: (any StreamSource)?
    /// How many bytes have been written and not been taken by the socket.
    package var pendingBytes: Int { isWritable ? 0 : context?.unsentBytes ?? 0 }
    /// How many bytes the other end's machine has not acknowledged; nothing where nobody knows.
    package var unacknowledgedBytes: Int? { sink?.unacknowledgedBytes }
    /// What the client sent since its request. It has nothing to say, and is not read without end.
    private var ignoredBytes = 0

    /// A client may have pipelined a request behind the stream's: that much is ignored.
    private static let ignoredLimit = 16 * 1024
    /// The chunk that ends a response (RFC 9112 §7.1).
    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    /// - Parameters:
    ///   - isChunked: false for HTTP/1.0, whose response lasts until the connection's end.
    ///   - sink: the handler right before this one, if it takes writes past the pipeline.
    init(isChunked: Bool, sink: (any WriteSink)?) {
        self.isChunked = isChunked
        self.sink = sink
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        takesBytes = context.channel.isWritable
        // The write of the response's head may have ended the connection: its end was told to the handlers before.
        if !context.channel.isActive { source.take()?.closed() }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: The writer's side

    /// What an event passes on its way to the socket.
    package var path: DeliveryPath {
        var path = DeliveryPath()
        path.add(self)
        sink?.join(&path)
        return path
    }

    package func write(_ frame: EventFrame) { write(isChunked ? frame.chunk : frame.bytes) }

    private func write(_ bytes: ByteBuffer) {
        if let sink { return sink.write(bytes) }
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    package func flush() {
        if let sink { return sink.flush() }
        context?.flush()
    }

    package func writeAndFlush(_ frame: EventFrame) {
        if let sink { return sink.writeAndFlush(isChunked ? frame.chunk : frame.bytes) }
        write(frame)
        flush()
    }

    /// Ends the response. No call in either direction follows.
    ///
    /// - Parameters:
    ///   - isOrderly: whether the client can be expected to read its end.
    ///   - lastWord: what it reads before.
    package func end(isOrderly: Bool, lastWord: EventFrame?) {
        source = nil
        guard let context else { return }
        guard isOrderly else { return context.triggerUserOutboundEvent(CutOff(), promise: nil) }
        if let lastWord { write(lastWord) }
        if isChunked { write(Self.lastChunk) }
        flush()
        context.close(promise: nil)
    }

    // MARK: The channel's side

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        takesBytes = context.channel.isWritable
        if isWritable { source?.becameWritable() }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        ignoredBytes += unwrapInboundIn(data).readableBytes
        if ignoredBytes > Self.ignoredLimit { context.close(promise: nil) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        source.take()?.closed()
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A closed tab and a client that only says no more look the same, and the former is the rule: a stream that
        // stayed open would hold a vanished client's place until a write fails. So there is no half-open stream. Either
        // side may close at any time (RFC 9112 §9.5); an `EventSource` never closes its half alone.
        if case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
