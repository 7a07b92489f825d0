// The way back of answers that are made later than their request's end, on whatever thread.

internal import NIOCore

/// How answers come back that are made later, on whatever thread. In a struct, since an optional closure is called
/// by way of another one, which copies what it is given.
struct LateAnswers {
    let take: @Sendable (Answer) -> Void

    init(to handler: HTTP1ConnectionHandler, _ context: ChannelHandlerContext) {
        let eventLoop = context.eventLoop
        let bound = NIOLoopBound((handler: handler, context: context), eventLoop: eventLoop)
        take = { answer in
            if eventLoop.inEventLoop { Self.take(answer, bound) } else { Self.bring(answer, bound, to: eventLoop) }
        }
    }

    private typealias Bound = NIOLoopBound<(handler: HTTP1ConnectionHandler, context: ChannelHandlerContext)>

    private static func take(_ answer: Answer, _ bound: Bound) {
        let (handler, context) = bound.value
        handler.answered(answer, context)
    }

    private static func bring(_ answer: Answer, _ bound: Bound, to eventLoop: any EventLoop) {
        eventLoop.execute { take(answer, bound) }
    }
}
