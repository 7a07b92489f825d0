// How an event loop learns that it has looked at its sockets: from a pipe to itself.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A pipe from an event loop to itself: what goes in comes out when the loop has looked at all its sockets.
///
/// A task would not do, because the loop runs all that are due before it looks; nor would a timer, until which the loop
/// sleeps.
final class LoopBell: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let stroke = ByteBuffer(bytes: [0])

    /// Where to ring; nothing once it is broken.
    private(set) var context: ChannelHandlerContext?
    private var ringing: [() -> Void] = []

    /// Opens one. It is closed with its event loop.
    ///
    /// - Throws: `IOError` when there are no descriptors left.
    static func open(on eventLoop: any EventLoop) async throws -> NIOLoopBound<LoopBell> {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw IOError(errnoCode: errno, reason: "pipe") }
        let bootstrap = NIOPipeBootstrap(group: eventLoop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(LoopBell()) }
        }
        let channel: any Channel
        do {
            channel = try await bootstrap.takingOwnershipOfDescriptors(input: ends[0], output: ends[1]).get()
        } catch {
            // Still ours.
            for end in ends { close(end) }
            throw error
        }
        return try await eventLoop.submit {
            NIOLoopBound(try channel.pipeline.syncOperations.handler(type: LoopBell.self), eventLoop: eventLoop)
        }.get()
    }

    /// Has `rang` called once the loop has looked at its sockets, behind those that were given before it.
    ///
    /// - Returns: false when the event loop is going down.
    func ring(_ rang: @escaping () -> Void) -> Bool {
        guard let context else { return false }
        ringing.append(rang)
        if ringing.count == 1 { context.writeAndFlush(wrapOutboundOut(Self.stroke), promise: nil) }
        return true
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    /// A bell that is broken has rung for the last time: whoever waits for it would wait for ever, and with it all that
    /// wait for their turn.
    func channelInactive(context: ChannelHandlerContext) {
        breaks()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { breaks() }

    private func breaks() {
        context = nil
        callAll()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { callAll() }

    private func callAll() {
        let called = ringing
        ringing = []
        for rang in called { rang() }
    }
}
