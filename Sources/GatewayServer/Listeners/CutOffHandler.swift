// The way out of a connection that has to end now.

internal import HTTPServing
internal import NIOCore

/// Closes its channel when it has to be at once. The pipeline's first handler.
final class CutOffHandler: ChannelOutboundHandler {
    typealias OutboundIn = NIOAny

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is CutOff else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }
}
