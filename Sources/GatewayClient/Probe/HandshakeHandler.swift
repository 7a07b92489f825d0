internal import NIOCore
internal import NIOOpenSSL
internal import NIOTLS

/// Waits for the end of a TLS handshake, tells of it, and closes. Sits behind the TLS handler, and sends nothing.
final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let tls: OpenSSLHandler
    private let promise: EventLoopPromise<HandshakeFacts>

    /// - Parameters:
    ///   - tls: the handler before this one.
    ///   - promise: gets what was agreed on, or the error.
    init(behind tls: OpenSSLHandler, promise: EventLoopPromise<HandshakeFacts>) {
        self.tls = tls
        self.promise = promise
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case .some(.handshakeCompleted(let name)) = event as? TLSUserEvent else { return }
        promise.succeed(
            HandshakeFacts(
                applicationProtocol: name, hostNames: tls.peerCertificateHostNames,
                notAfter: tls.peerCertificateNotAfter ?? 0))
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    /// Also when the address did not answer and another one is tried: a promise must not be forgotten.
    func handlerRemoved(context: ChannelHandlerContext) {
        promise.fail(GatewayClientError(code: .connectionClosed, message: "the connection was closed"))
    }
}
