// The end of a connection: close_notify both ways, truncation, and what happens to what waits (RFC 8446 §6.1).

import COpenSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct ClosingTests {
    @Test func closeIsSaidAndAnswered() throws {
        let wire = try Wire.open()
        let closed = wire.client.channel.close()
        #expect(wire.client.channel.isActive)
        wire.run()
        #expect(throws: Never.self) { try closed.wait() }
        for end in [wire.client, wire.server] {
            #expect(end.recorder.isCleanlyShutDown)
            #expect(end.recorder.errors.isEmpty)
            #expect(!end.channel.isActive)
        }
    }

    @Test func whatWaitsIsSentFirst() throws {
        let wire = try Wire.open()
        let promise = wire.loop.makePromise(of: Void.self)
        wire.server.write("last", promise: promise)
        wire.server.write(" words")
        wire.server.channel.close(promise: nil)
        wire.run()
        #expect(wire.client.recorder.text == "last words")
        #expect(wire.client.recorder.isCleanlyShutDown)
        #expect(throws: Never.self) { try promise.futureResult.wait() }
    }

    @Test func theEndWithoutCloseNotifyIsTruncation() throws {
        let wire = try Wire.open()
        wire.client.send("half of it")
        wire.run()
        wire.server.loseConnection()
        let error = try #require(wire.server.recorder.tlsError)
        #expect(error.code == .truncated)
        #expect(error.responsible == .network)
        #expect(wire.server.recorder.isInactive)
        #expect(!wire.server.recorder.isCleanlyShutDown)
    }

    @Test func anErrorOfTheTransportIsNotReportedTwice() throws {
        let wire = try Wire.open()
        wire.server.channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
        wire.server.loseConnection()
        #expect(wire.server.recorder.errors.count == 1)
        #expect(wire.server.recorder.codes.isEmpty)
    }

    @Test func theEndDuringTheHandshakeIsTold() throws {
        let wire = try Wire.make()
        try wire.server.connect()
        try wire.client.connect()
        wire.moveOnce()
        wire.server.loseConnection()
        #expect(wire.server.recorder.codes == [.handshakeInterrupted])
    }

    @Test func theEndBeforeTheBeginningIsNothing() throws {
        let wire = try Wire.make()
        wire.server.loseConnection()
        #expect(wire.server.recorder.errors.isEmpty)
    }

    @Test func whatFollowsCloseNotifyIsIgnored() throws {
        let wire = try Wire.open()
        wire.client.channel.close(promise: nil)
        wire.server.deliver(wire.client.takeBytes() + Array("trailing garbage".utf8))
        #expect(wire.server.recorder.isCleanlyShutDown)
        #expect(wire.server.recorder.errors.isEmpty)
        #expect(wire.server.recorder.received.isEmpty)
    }

    @Test func whileClosingIncomingDataIsDropped() throws {
        let wire = try Wire.open()
        wire.client.channel.close(promise: nil)
        wire.server.send("crossing")
        wire.run()
        #expect(wire.client.recorder.received.isEmpty)
        #expect(wire.client.recorder.isCleanlyShutDown)
    }

    @Test func aPeerThatDoesNotAnswerIsNotWaitedForForever() throws {
        let wire = try Wire.open()
        let closed = wire.client.channel.close()
        wire.loop.advanceTime(by: .milliseconds(4_999))
        #expect(wire.client.channel.isActive)
        wire.loop.advanceTime(by: .milliseconds(1))
        #expect(!wire.client.channel.isActive)
        #expect(throws: Never.self) { try closed.wait() }
        #expect(wire.client.recorder.errors.isEmpty)
    }

    @Test func aPeerThatTakesNothingIsNotWaitedForForever() throws {
        let (wire, socket) = (try Wire.open(), Socket())
        try wire.server.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        socket.takesEverything = false
        wire.server.send("a long answer")
        let closed = wire.server.channel.close()
        wire.loop.advanceTime(by: .seconds(5))
        #expect(!wire.server.channel.isActive && wire.server.recorder.errors.isEmpty)
        #expect(throws: Never.self) { try closed.wait() }
    }

    @Test func aPeerThatVanishesWhileClosingIsNoError() throws {
        let wire = try Wire.open()
        let closed = wire.client.channel.close()
        wire.client.loseConnection()
        #expect(throws: Never.self) { try closed.wait() }
        #expect(wire.client.recorder.errors.isEmpty)
    }

    @Test func closingDuringTheHandshakeClosesAtOnce() throws {
        let wire = try Wire.make()
        try wire.client.connect()
        let write = wire.loop.makePromise(of: Void.self)
        wire.client.write("never", promise: write)
        wire.client.channel.flush()
        let closed = wire.client.channel.close()
        #expect(!wire.client.channel.isActive)
        #expect(throws: Never.self) { try closed.wait() }
        #expect(throws: ChannelError.ioOnClosedChannel) { try write.futureResult.wait() }
        #expect(wire.client.recorder.errors.isEmpty)
    }

    @Test func closingTwiceAnswersBoth() throws {
        let wire = try Wire.open()
        let first = wire.client.channel.close()
        let second = wire.client.channel.close()
        wire.run()
        #expect(throws: Never.self) { try first.wait() }
        #expect(throws: Never.self) { try second.wait() }
    }

    @Test func writingAfterCloseIsRefused() throws {
        let wire = try Wire.open()
        wire.client.channel.close(promise: nil)
        let promise = wire.loop.makePromise(of: Void.self)
        wire.client.write("late", promise: promise)
        #expect(throws: ChannelError.ioOnClosedChannel) { try promise.futureResult.wait() }
    }

    /// A peer that reads nothing must not keep what has to end now.
    @Test func anAbruptCloseSaysNothingAndWaitsForNothing() throws {
        struct Now: AbruptClose {}
        let wire = try Wire.open()
        let orderly = wire.server.channel.close()
        _ = wire.server.takeBytes()
        let abrupt = wire.loop.makePromise(of: Void.self)
        wire.server.channel.triggerUserOutboundEvent(Now(), promise: abrupt)
        #expect(!wire.server.channel.isActive && wire.server.takeBytes().isEmpty)
        #expect(throws: Never.self) { try abrupt.futureResult.wait() }
        #expect(throws: Never.self) { try orderly.wait() }
    }

    @Test func otherEventsGoTowardsTheSocket() throws {
        let wire = try Wire.open()
        let sent = wire.server.channel.triggerUserOutboundEvent("anything")
        #expect(throws: (any Error).self) { try sent.wait() }
        #expect(wire.server.channel.isActive)
    }

    @Test func whatIsAttachedIsHeldUntilTheEnd() throws {
        final class Thing {}
        let wire = try Wire.open()
        weak var thing: Thing?
        do {
            let made = Thing()
            (wire.server.handler.attachment, thing) = (made, made)
        }
        #expect(thing != nil)
        wire.server.channel.close(promise: nil)
        wire.run()
        #expect(thing == nil)
    }

    @Test func closingTheInputIsNotSupported() throws {
        let wire = try Wire.open()
        #expect(throws: ChannelError.operationUnsupported) { try wire.client.channel.close(mode: .input).wait() }
    }
}

@Suite struct HalfClosureTests {
    @Test func theOutputCanBeClosedAlone() throws {
        let wire = try Wire.open()
        try wire.client.channel.pipeline.syncOperations.addHandler(OutputCloser(), position: .first)
        try wire.server.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        wire.client.write("question")
        wire.client.channel.close(mode: .output, promise: nil)
        wire.run()
        #expect(wire.server.recorder.text == "question")
        #expect(wire.server.recorder.events.last == "inputClosed")
        #expect(wire.server.channel.isActive)
        wire.server.send("answer")
        wire.run()
        #expect(wire.client.recorder.text == "answer")
        wire.server.channel.close(promise: nil)
        wire.run()
        #expect(wire.client.recorder.isCleanlyShutDown)
        #expect(wire.client.recorder.errors.isEmpty)
        #expect(wire.server.recorder.errors.isEmpty)
    }

    @Test func withoutTheOptionThePeersCloseEndsIt() throws {
        let wire = try Wire.open()
        wire.client.channel.close(mode: .output, promise: nil)
        wire.run()
        #expect(wire.server.recorder.isCleanlyShutDown)
        #expect(!wire.server.channel.isActive)
    }

    @Test func writingAfterClosingTheOutputIsRefused() throws {
        let wire = try Wire.open()
        try wire.client.channel.pipeline.syncOperations.addHandler(OutputCloser(), position: .first)
        wire.client.channel.close(mode: .output, promise: nil)
        let promise = wire.loop.makePromise(of: Void.self)
        wire.client.write("late", promise: promise)
        #expect(throws: ChannelError.outputClosed) { try promise.futureResult.wait() }
        #expect(throws: ChannelError.outputClosed) { try wire.client.channel.close(mode: .output).wait() }
    }

    /// The peer has nothing more to say, and reads on.
    @Test func thePeersCloseDoesNotCutOffWhatTheSocketHasNotTaken() throws {
        let (wire, socket) = (try Wire.open(), Socket())
        try wire.server.channel.pipeline.syncOperations.addHandlers([OutputCloser(), socket], position: .first)
        socket.takesEverything = false
        wire.server.write("a long answer")
        wire.server.channel.close(mode: .output, promise: nil)
        wire.client.channel.close(promise: nil)
        wire.run()
        #expect(wire.server.channel.isActive && wire.server.recorder.isCleanlyShutDown)
        socket.drain()
        #expect(!wire.server.channel.isActive && wire.server.recorder.errors.isEmpty)
    }

    @Test func anEndOfFileWithoutCloseNotifyIsTruncation() throws {
        let wire = try Wire.open()
        wire.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(wire.server.recorder.codes == [.truncated])
        #expect(!wire.server.recorder.events.contains("inputClosed"))
        #expect(!wire.server.channel.isActive)
    }

    @Test func anEndOfFileAfterCloseNotifyIsNotAnnouncedTwice() throws {
        let wire = try Wire.open()
        try wire.server.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        wire.client.channel.close(mode: .output, promise: nil)
        wire.run()
        wire.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(wire.server.recorder.events.filter { $0 == "inputClosed" }.count == 1)
        #expect(wire.server.channel.isActive)
    }
}

/// A server whose channel may be half closed, and clients that close their half: RFC 8446 §6.1, and for TLS 1.2 what it
/// says about RFC 5246 §7.2.1.
@Suite struct AnswerAfterCloseTests {
    private func server(takesBareEnd: Bool = false) throws -> End {
        let server = try End.server(takesBareEnd: takesBareEnd)
        try server.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        return server
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func whatIsAskedTogetherWithCloseNotifyIsAnswered(version: CInt) throws {
        let (client, server) = (try RawClient(version: version), try server())
        try client.connect(to: server)
        client.write("question")
        client.shutDown()
        server.deliver(client.takeBytes())
        #expect(server.recorder.text == "question")
        #expect(server.recorder.events.last == "inputClosed")
        server.send("answer")
        client.deliver(server.takeBytes())
        #expect(client.read() == "answer")
        server.channel.close(promise: nil)
        #expect(!server.channel.isActive && server.recorder.errors.isEmpty)
        client.deliver(server.takeBytes())
        #expect(client.read() == "" && SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN != 0)
    }

    @Test func anEndOfFileCountsWhereMessagesSayWhereTheyEnd() throws {
        let (client, server) = (try RawClient(), try server(takesBareEnd: true))
        try client.connect(to: server)
        client.write("question")
        server.deliver(client.takeBytes())
        server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(server.recorder.events.last == "inputClosed" && server.recorder.errors.isEmpty)
        server.send("answer")
        client.deliver(server.takeBytes())
        #expect(client.read() == "answer")
        server.channel.close(promise: nil)
        #expect(!server.channel.isActive)
    }

    @Test func anEndOfFileDuringTheHandshakeIsTheEnd() throws {
        let (client, server) = (try RawClient(), try server(takesBareEnd: true))
        try server.connect()
        SSL_do_handshake(client.ssl)
        server.deliver(client.takeBytes())
        server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(server.recorder.codes == [.handshakeInterrupted])
        #expect(!server.channel.isActive)
    }

    @Test func whatIsSentBehindCloseNotifyIsNotKept() throws {
        let (client, server) = (try RawClient(), try server())
        try client.connect(to: server)
        client.shutDown()
        server.deliver(client.takeBytes())
        for _ in 0..<100 { server.deliver([UInt8](repeating: 0, count: 65_536)) }
        #expect(server.recorder.received.isEmpty && server.channel.isActive)
        server.send("answer")
        client.deliver(server.takeBytes())
        #expect(client.read() == "answer")
    }

    /// A socket that is closed forgets what it has not taken: so it is closed when it has.
    @Test func theEndWaitsForTheSocket() throws {
        let (client, server, socket) = (try RawClient(), try server(), Socket())
        try client.connect(to: server)
        client.shutDown()
        server.deliver(client.takeBytes())
        try server.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        socket.takesEverything = false
        server.send("a long answer")
        let closed = server.channel.close()
        #expect(server.channel.isActive)
        socket.drain()
        #expect(!server.channel.isActive)
        #expect(throws: Never.self) { try closed.wait() }
    }

    @Test func aSocketThatTakesNothingIsNotWaitedForForever() throws {
        let (client, server, socket) = (try RawClient(), try server(), Socket())
        try client.connect(to: server)
        client.shutDown()
        server.deliver(client.takeBytes())
        try server.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        socket.takesEverything = false
        server.send("a long answer")
        server.channel.close(promise: nil)
        server.channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!server.channel.isActive && server.recorder.errors.isEmpty)
    }
}

/// Stands for a socket: closing the output of an `EmbeddedChannel` would close all of it.
final class OutputCloser: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        promise?.succeed(())
    }
}
