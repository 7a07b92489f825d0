internal import NIOCore

/// Passes what one publishing connection says on to its publisher.
final class FleetPublisherHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let publisher: FleetPublisher
    private var error: (any Error)?

    init(_ publisher: FleetPublisher) {
        self.publisher = publisher
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        publisher.received(unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.error = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        publisher.ended(error)
        context.fireChannelInactive()
    }
}
