// Stops a listener from accepting for a moment when it can't, and says so once. NIO goes on reading a listening socket
// whose accept failed, and so at full speed.

internal import Glibc
internal import Logging
internal import NIOCore

extension AcceptPauses {
    /// What the handler of one listener needs.
    struct Listener: Sendable {
        let name: String
        let metrics: ServerMetrics
        let logger: Logger
        /// Gives a descriptor up for the next connection; false when there is none to give.
        var giveUpSpare: @Sendable () -> Bool = { false }

        /// Puts the handler at the front of the listening channel.
        func add(to channel: any Channel) -> EventLoopFuture<Void> {
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(AcceptPauseHandler(self))
            }
        }
    }
}

/// The handler of a listening channel that carries out its ``AcceptPauses``.
final class AcceptPauseHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    /// What passes by itself (accept(2)): all others close the listener.
    private static let passing: Set<CInt> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private let listener: AcceptPauses.Listener
    private var pauses = AcceptPauses()

    init(_ listener: AcceptPauses.Listener) { self.listener = listener }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if pauses.accepted(at: context.eventLoop.now) {
            listener.logger.notice(
                "Connections are accepted again.", metadata: ["listener": "\(listener.name)"])
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, Self.passing.contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        guard !listener.giveUpSpare() else { return }
        let (pause, isNews) = pauses.failed(at: context.eventLoop.now)
        listener.metrics.pausedAccepting(listener.name)
        if isNews {
            listener.logger.warning(
                "A connection can't be accepted: the system has no descriptor or no memory left. More are tried for soon.",
                metadata: ["listener": "\(listener.name)", "error": "\(error)"])
        }
        stop(context.channel, for: pause)
    }

    private func stop(_ channel: any Channel, for pause: TimeAmount) {
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        channel.eventLoop.assumeIsolated().scheduleTask(in: pause) {
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }
}
