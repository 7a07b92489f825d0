internal import EventLog
internal import NIOConcurrencyHelpers
package import NIOCore
package import NIOEmbedded
internal import NIOHTTP1

@testable package import HTTPServing

/// One HTTP/1.1 connection in memory: a client's bytes in, the gateway's bytes out, and time that passes when told to.
package struct Wire {
    package let channel: NIOAsyncTestingChannel
    private let front = FrontCounter()

    /// When the tests' answers are made.
    package static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    package static let dateField = DateField { WallTime(milliseconds: 784_111_777_000) }

    /// What a connection is given when a test does not say.
    package static let times = ConnectionTimes(head: .seconds(10), body: .seconds(30), idle: .seconds(60))

    /// - Parameter hasSink: whether what stands for TLS takes writes past the pipeline, as the public listener's does.
    package init(
        _ judge: any RequestJudge, on loop: NIOAsyncTestingEventLoop = NIOAsyncTestingEventLoop(), peer: Peer = Peer(),
        headBytes: Int = 16 * 1024, account: ByteAccount = .unlimited, metrics: any HTTPMetrics = RefusalCounter(),
        hasSink: Bool = true
    ) async throws {
        let front = front
        channel = try await NIOAsyncTestingChannel(loop: loop) { channel in
            let handler = front.handler()
            try channel.pipeline.syncOperations.addHandler(handler)
            try Self.addHandlers(
                to: channel.pipeline.syncOperations, judge, peer: peer, headBytes: headBytes, account: account,
                metrics: metrics, sink: hasSink ? handler : nil)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).get()
        try await read()
    }

    /// The pipeline as the gateway's listeners have it behind TLS.
    package static func addHandlers(
        to pipeline: ChannelPipeline.SynchronousOperations, _ judge: any RequestJudge, peer: Peer, headBytes: Int,
        account: ByteAccount = .unlimited, metrics: any HTTPMetrics, sink: (any WriteSink)? = nil
    ) throws {
        try HTTPPipeline(
            judge: judge, times: times, headBytes: headBytes, account: account, metrics: metrics, date: dateField
        ).addHTTP1(to: pipeline, peer: peer, behind: sink)
    }

    // MARK: The client's side

    /// One read of the socket.
    package func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    package func send(_ bytes: ByteBuffer) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext {
            guard channel.isActive else { return }
            channel.pipeline.fireChannelRead(bytes)
            channel.pipeline.fireChannelReadComplete()
        }
        await settle()
        try await read()
    }

    /// Sends byte by byte: a request must not depend on how it was cut.
    package func trickle(_ text: String) async throws {
        for byte in text.utf8 { try await send(ByteBuffer(bytes: [byte])) }
    }

    /// What has come out since the last call.
    package func received() async throws -> String {
        await settle()
        var text = ""
        while let bytes = try await channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// A request and what it is answered.
    package func exchange(_ text: String) async throws -> Response {
        try await send(text)
        return try Response(try await received())
    }

    package func hangUp() async throws {
        try? await channel.close().get()
        await settle()
    }

    // MARK: The socket's side

    package var isClosed: Bool { !channel.isActive }

    /// Whether the connection is waiting for bytes: a socket that is not read does not learn that its client has left.
    package var isReading: Bool { front.reads.withLockedValue { $0 } > 0 }

    /// How many times bytes were handed to the socket.
    package var flushes: Int { front.flushes.withLockedValue { $0 } }

    package func setWritable(_ isWritable: Bool) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }
        await settle()
    }

    package func fire(_ event: some Sendable) async throws {
        let channel = channel
        try await channel.testingEventLoop.executeInContext { channel.pipeline.fireUserInboundEventTriggered(event) }
        await settle()
    }

    /// Has work that is due done.
    package func settle() async { await channel.testingEventLoop.run() }

    package func pass(_ time: TimeAmount) async { await channel.testingEventLoop.advanceTime(by: time) }

    /// The names of the handlers that bytes pass through.
    package func handlers() async throws -> [String] {
        let (channel, front) = (channel, front)
        return try await channel.testingEventLoop.executeInContext {
            let pipeline = channel.pipeline.syncOperations
            var names: [String] = []
            if (try? pipeline.context(handlerType: HTTPResponseEncoder.self)) != nil { names.append("encoder") }
            if (try? pipeline.context(handlerType: ByteToMessageHandler<RequestDecoder>.self)) != nil {
                names.append("decoder")
            }
            if (try? pipeline.context(handlerType: HTTP1ConnectionHandler.self)) != nil { names.append("requests") }
            _ = front
            return names
        }
    }

    /// A socket asks for bytes again when it has delivered some.
    private func read() async throws {
        let (channel, front) = (channel, front)
        try await channel.testingEventLoop.executeInContext {
            guard channel.isActive else { return }
            front.reads.withLockedValue { $0 = 0 }
            channel.pipeline.read()
        }
        await settle()
    }
}

/// Counts what reaches the socket.
package struct FrontCounter: Sendable {
    let reads = NIOLockedValueBox(0)
    let flushes = NIOLockedValueBox(0)

    package func handler() -> FrontHandler { FrontHandler(reads: reads, flushes: flushes) }
}

/// Stands for TLS.
package final class FrontHandler: ChannelOutboundHandler, WriteSink {
    package typealias OutboundIn = ByteBuffer

    private let reads: NIOLockedValueBox<Int>
    private let flushes: NIOLockedValueBox<Int>
    private var context: ChannelHandlerContext?

    init(reads: NIOLockedValueBox<Int>, flushes: NIOLockedValueBox<Int>) {
        self.reads = reads
        self.flushes = flushes
    }

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    package func write(_ bytes: ByteBuffer) { context?.write(NIOAny(bytes), promise: nil) }

    package func flush() {
        if let context { flush(context: context) }
    }

    package func read(context: ChannelHandlerContext) {
        reads.withLockedValue { $0 += 1 }
        context.read()
    }

    package func flush(context: ChannelHandlerContext) {
        flushes.withLockedValue { $0 += 1 }
        context.flush()
    }

    /// A channel in memory has no half of itself to close: what it would say is said, and the rest stays open.
    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        promise?.succeed()
    }

    /// As the listener's first handler does it.
    package func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?)
    {
        guard event is CutOff else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }
}
