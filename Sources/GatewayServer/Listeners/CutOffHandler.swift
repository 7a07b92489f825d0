// The way out of a connection that has to end now.

internal import HTTPServing
internal import NIOCore

/// Closes its channel when it has to be at once. The pipeline's first handler.
final class CutOffHandler: ChannelOutboundHandler {
    typealias OutboundIn = NIOAny

    /// The connection's place, held until it is closed.
    private var seat: ConnectionTracker.Seat?

    init(seat: consuming ConnectionTracker.Seat) { self.seat = consume seat }

    func handlerRemoved(context: ChannelHandlerContext) { seat = nil }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is CutOff else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }
}
