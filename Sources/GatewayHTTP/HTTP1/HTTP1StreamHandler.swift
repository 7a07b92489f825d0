// An open event stream on an HTTP/1.1 connection: the hub's way out. Sits right behind TLS; nothing but the channel's
// core is between an event and the socket.

internal import EventHub
internal import EventLog
internal import NIOCore

/// Writes frames to the connection, chunk framing included, and tells the shard when there is room and when it is over.
final class HTTP1StreamHandler: ChannelInboundHandler, AttachedOutlet {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    // First what each event needs: with thousands of connections, each cache line that an event touches is fetched from
    // far away.

    /// Where to write; without it through the pipeline.
    private let sink: (any WriteSink)?
    private let isChunked: Bool
    private(set) var isWritable = false
    private var context: ChannelHandlerContext?
    private var stream: (shard: HubShard, id: StreamID)?
    var pendingBytes: Int {
        guard !isWritable, let options = context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }
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

    func belongs(to shard: HubShard, as id: StreamID) {
        stream = (shard, id)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isWritable = context.channel.isWritable
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: The hub's side

    func write(_ frame: EventFrame) { write(isChunked ? frame.chunk : frame.bytes) }

    private func write(_ bytes: ByteBuffer) {
        if let sink { return sink.write(bytes) }
        context?.write(wrapOutboundOut(bytes), promise: nil)
    }

    func flush() {
        if let sink { return sink.flush() }
        context?.flush()
    }

    func end(_ reason: StreamEnd) {
        stream = nil
        guard let context else { return }
        guard reason.isOrderly else { return context.triggerUserOutboundEvent(CutOff(), promise: nil) }
        if let word = reason.lastWord { write(word) }
        if isChunked { write(Self.lastChunk) }
        flush()
        context.close(promise: nil)
    }

    // MARK: The channel's side

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable, let (shard, id) = stream { shard.assumeIsolated { $0.becameWritable(id) } }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        ignoredBytes += unwrapInboundIn(data).readableBytes
        if ignoredBytes > Self.ignoredLimit { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        detach()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A closed tab and a client that only says no more look the same, and the former is the rule: a stream that
        // stayed open would hold a vanished client's place until a write fails. So there is no half-open stream. Either
        // side may close at any time (RFC 9112 §9.5); an `EventSource` never closes its half alone.
        if case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    private func detach() {
        guard let (shard, id) = stream else { return }
        stream = nil
        shard.assumeIsolated { $0.detach(id) }
    }
}
