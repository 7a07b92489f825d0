// Handlers above TLS act from within its callbacks: they write, flush and close while a read is being passed on.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct ReentrancyTests {
    @Test func writingFromWithinARead() throws {
        let wire = try Wire.open()
        wire.server.recorder.onRead = { context, buffer in
            context.writeAndFlush(NIOAny(ByteBuffer(string: "echo:")), promise: nil)
            context.writeAndFlush(NIOAny(buffer), promise: nil)
        }
        for text in ["a", "b", "c"] { wire.client.send(text) }
        wire.run()
        #expect(wire.client.recorder.text.replacing("echo:", with: "") == "abc")
        #expect(wire.client.recorder.text.hasPrefix("echo:a"))
        #expect(wire.client.recorder.errors.isEmpty)
    }

    @Test func writingToAnotherConnectionFromWithinARead() throws {
        let scratch = (client: OpenSSLScratch(), server: OpenSSLScratch())
        let contexts = try Contexts.make()
        let first = try contexts.wire(scratch: scratch).connect()
        let second = try contexts.wire(scratch: scratch).connect()
        first.server.recorder.onRead = { context, buffer in
            second.server.channel.writeAndFlush(buffer, promise: nil)
            context.writeAndFlush(NIOAny(ByteBuffer(string: "taken")), promise: nil)
        }
        for _ in 0..<20 {
            first.client.send("fan out ")
            first.run()
        }
        second.run()
        #expect(second.client.recorder.text == String(repeating: "fan out ", count: 20))
        #expect(first.client.recorder.text == String(repeating: "taken", count: 20))
    }

    @Test func closingFromWithinARead() throws {
        let wire = try Wire.open()
        wire.server.recorder.onRead = { context, _ in context.close(promise: nil) }
        wire.client.send("one")
        let first = wire.client.takeBytes()
        wire.client.send("two")
        wire.server.deliver(first)
        wire.run()
        #expect(wire.server.recorder.text == "one")
        #expect(wire.server.recorder.isCleanlyShutDown)
        #expect(wire.client.recorder.isCleanlyShutDown)
    }

    @Test func closingFromWithinTheHandshakesEvent() throws {
        let wire = try Wire.make()
        wire.server.recorder.onEvent = { context, _ in context.close(promise: nil) }
        try wire.connect()
        #expect(!wire.server.channel.isActive)
        #expect(!wire.client.channel.isActive)
        #expect(wire.client.recorder.errors.isEmpty)
    }

    @Test func writingFromWithinTheHandshakesEventGoesBehindWhatWaited() throws {
        let wire = try Wire.make()
        wire.client.send("first ")
        wire.client.recorder.onEvent = { context, _ in
            context.writeAndFlush(NIOAny(ByteBuffer(string: "second")), promise: nil)
        }
        try wire.connect()
        #expect(wire.server.recorder.text == "first second")
    }

    @Test func writingFromWithinAPromise() throws {
        let wire = try Wire.open()
        let promise = wire.loop.makePromise(of: Void.self)
        let channel = wire.server.channel
        promise.futureResult.assumeIsolated().whenSuccess {
            channel.writeAndFlush(ByteBuffer(string: "then this"), promise: nil)
        }
        wire.server.write("this, ", promise: promise)
        channel.flush()
        wire.run()
        #expect(wire.client.recorder.text == "this, then this")
    }

    /// As a handler does that hears, in the middle of a write, that the socket has had enough. What was written before
    /// is sent before.
    @Test(arguments: [CloseMode.all, .output]) func closingFromWithinAWriteToTheSocket(mode: CloseMode) throws {
        let (wire, hook) = (try Wire.open(), WriteHook())
        let channel = wire.server.channel
        try channel.pipeline.syncOperations.addHandlers([OutputCloser(), hook], position: .first)
        hook.onFirstWrite = { channel.close(mode: mode, promise: nil) }
        let last = wire.loop.makePromise(of: Void.self)
        wire.server.write(String(repeating: "x", count: 200_000))
        wire.server.write(String(repeating: "y", count: 200_000), promise: last)
        channel.flush()
        wire.run()
        #expect(throws: Never.self) { try last.futureResult.wait() }
        #expect(wire.client.recorder.received.count == 400_000)
        #expect(wire.client.recorder.isCleanlyShutDown && wire.client.recorder.errors.isEmpty)
        #expect(wire.server.recorder.errors.isEmpty)
    }

    @Test func closingFromWithinAnErrorsReport() throws {
        let wire = try Wire.open()
        let closer = ClosesOnError()
        try wire.server.channel.pipeline.syncOperations.addHandler(closer)
        wire.server.deliver([23, 3, 3, 0, 20] + [UInt8](repeating: 0, count: 20))
        #expect(!wire.server.channel.isActive)
    }
}

/// Between TLS and the socket: something happens within the first write.
private final class WriteHook: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var onFirstWrite: (() -> Void)?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        onFirstWrite.take()?()
    }
}

/// Closes the channel on any error, as most programs do.
final class ClosesOnError: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
