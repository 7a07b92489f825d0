// A canary's end of its connection: it asks for its stream when TLS is up, and passes on what it reads.

internal import NIOCore
internal import NIOTLS

/// Asks once, and listens.
final class CanaryHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: String
    private let heard: (CanaryReading.Word) -> Void
    private var reading = CanaryReading()

    /// - Parameters:
    ///   - request: the head of the request for the stream.
    ///   - heard: told of each word, on the channel's event loop.
    init(request: String, heard: @escaping (CanaryReading.Word) -> Void) {
        (self.request, self.heard) = (request, heard)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.handshakeCompleted) = event as? TLSUserEvent {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for word in reading.take(unwrapInboundIn(data).readableBytesView) {
            heard(word)
            if word == .other { context.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
