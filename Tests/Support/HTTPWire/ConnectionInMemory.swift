package import DeliveryPath
package import HTTP2Kit
internal import NIOConcurrencyHelpers
package import NIOCore
package import NIOEmbedded

@testable package import HTTPServing

/// A connection in memory, of either version, from its socket's side.
package protocol ConnectionInMemory {
    var channel: NIOAsyncTestingChannel { get }
    var front: FrontCounter { get }
}

extension ConnectionInMemory {
    package var isClosed: Bool { !channel.isActive }

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

    /// Has the connection end when something is written to it, as TLS does that can't go on.
    package func endAtNextWrite() { front.endsAtWrite.withLockedValue { $0 = true } }

    /// Has work that is due done.
    package func settle() async { await channel.testingEventLoop.run() }

    package func pass(_ time: TimeAmount) async { await channel.testingEventLoop.advanceTime(by: time) }

    package func hangUp() async throws {
        try? await channel.close().get()
        await settle()
    }
}

/// Counts what reaches the socket.
package struct FrontCounter: Sendable {
    let reads = NIOLockedValueBox(0)
    let flushes = NIOLockedValueBox(0)
    let endsAtWrite = NIOLockedValueBox(false)

    package func handler() -> FrontHandler { FrontHandler(self) }
}

/// Stands for TLS.
package final class FrontHandler: ChannelDuplexHandler, WriteSink {
    package var unacknowledgedBytes: Int? { nil }
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// Who takes what is read past the pipeline; nobody where the next handler does.
    private var gate: RequestGate?
    private let reads: NIOLockedValueBox<Int>
    private let flushes: NIOLockedValueBox<Int>
    private let endsAtWrite: NIOLockedValueBox<Bool>
    private var context: ChannelHandlerContext?
    private var lastHeader: (header: DataFrameHeader, bytes: ByteBuffer)?

    init(_ front: FrontCounter) {
        (reads, flushes, endsAtWrite) = (front.reads, front.flushes, front.endsAtWrite)
    }

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        gate = nil
    }

    // MARK: What is read

    package func reads(for gate: RequestGate?) { self.gate = gate }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let gate { gate.take(unwrapInboundIn(data)) } else { context.fireChannelRead(data) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if let gate { gate.tookAll() } else { context.fireChannelReadComplete() }
    }

    // MARK: What is written

    package func write(_ bytes: ByteBuffer) {
        if let context { write(context: context, data: NIOAny(bytes), promise: nil) }
    }

    package func write(_ bytes: ByteBuffer, behind header: DataFrameHeader) {
        // The same again for a frame of the same length: what a delivery allocates is counted.
        if lastHeader?.header != header {
            var bytes = ByteBuffer(integer: header.first)
            bytes.writeInteger(header.last)
            lastHeader = (header, bytes)
        }
        if let lastHeader { write(lastHeader.bytes) }
        write(bytes)
    }

    package func flush() {
        if let context { flush(context: context) }
    }

    package func join(_ path: inout DeliveryPath) { path.add(self) }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if endsAtWrite.withLockedValue({ $0 }) { context.close(promise: nil) }
        context.write(data, promise: promise)
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
