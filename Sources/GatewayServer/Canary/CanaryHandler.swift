// A canary's end of its connection: it asks for its stream when TLS is up, and passes on what it reads.

internal import HTTPServing
internal import NIOCore
internal import NIOOpenSSL
internal import NIOTLS
internal import PeerText
internal import PlainWords

/// Asks once, and listens.
final class CanaryHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: String
    private let heard: (CanaryReading.Word) -> Void
    private let failed: (String) -> Void
    private var reading = CanaryReading()
    private var isOpen = false

    /// - Parameters:
    ///   - request: the head of the request for the stream.
    ///   - heard: told of each word, on the channel's event loop.
    ///   - failed: told why there is no stream, if anything says so.
    init(request: String, heard: @escaping (CanaryReading.Word) -> Void, failed: @escaping (String) -> Void) {
        (self.request, self.heard, self.failed) = (request, heard, failed)
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
            if case .opened = word { isOpen = true }
            guard word == .other else { continue }
            failed("its request was answered by \(LogText(reading.status, limit: 100))")
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isOpen { failed((error as? TLSError)?.message ?? PlainError.text(error)) }
        context.close(promise: nil)
    }
}

/// Says on a connection that comes from a proxy's address, where nobody is served without it, that there is no other
/// client (HAProxy's doc/proxy-protocol.txt §2.1, UNKNOWN).
final class CanaryProxyHeaderHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Whether the listener expects a header from an address.
    private let isExpected: (ClientAddress?) -> Bool

    init(isExpected: @escaping (ClientAddress?) -> Bool) { self.isExpected = isExpected }

    func channelActive(context: ChannelHandlerContext) {
        if isExpected(ClientAddress(context.localAddress)) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "PROXY UNKNOWN\r\n")), promise: nil)
        }
        context.fireChannelActive()
    }
}
