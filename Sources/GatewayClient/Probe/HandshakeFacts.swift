// The facts of a TLS handshake with a gateway, for reports.

internal import NIOCore
internal import NIOOpenSSL
internal import NIOTLS

/// What is known of a server once its certificate has verified.
package struct HandshakeFacts: Sendable, Equatable {
    /// What ALPN chose among `h2` and `http/1.1` (RFC 7301); `nil` when the server speaks no ALPN.
    package let applicationProtocol: String?
    /// The names and addresses that the certificate is for.
    package let hostNames: [String]
    /// When the certificate or one of the chain that was sent ends, in seconds since 1970-01-01T00:00:00Z.
    package let notAfter: Int64

    /// - Parameters:
    ///   - applicationProtocol: what ALPN chose.
    ///   - hostNames: whom the certificate is for.
    ///   - notAfter: when it ends.
    package init(applicationProtocol: String?, hostNames: [String], notAfter: Int64) {
        self.applicationProtocol = applicationProtocol
        self.hostNames = hostNames
        self.notAfter = notAfter
    }
}

/// Why a certificate is not accepted.
package enum CertificateTrouble: Sendable, Equatable {
    /// It is for other names than the URL's host.
    case otherName
    /// Its time is over.
    case expired
    /// Its time has not begun.
    case notYetValid
    /// No trusted authority vouches for it, by the chain that the server sends.
    case untrusted
    /// Something else, in OpenSSL's words.
    case other(String)

    /// - Parameter message: what the TLS layer says; it contains OpenSSL's verdict.
    init(message: String) {
        let text = message.lowercased()
        self =
            if text.contains("mismatch") {
                .otherName
            } else if text.contains("expired") {
                .expired
            } else if text.contains("not yet valid") {
                .notYetValid
            } else if ["local issuer", "self-signed", "self signed", "first certificate"].contains(where: text.contains)
            {
                .untrusted
            } else {
                .other(message)
            }
    }
}

extension CertificateTrouble {
    /// What is wrong and what to do. It continues a sentence that begins with the certificate's name. OpenSSL's words,
    /// with the date, come behind it.
    var advice: String {
        switch self {
        case .expired: "has expired, or one of its chain has: have the gateway given a new one"
        case .notYetValid: "is not valid yet: set this machine's clock, or wait"
        case .otherName: "is for other names: give the gateway's URL with a name that its certificate has"
        case .untrusted, .other:
            "is not trusted: check that --ca (or SLUICE_CA) names its CA, and that the gateway serves the whole chain"
        }
    }
}

/// A handshake's end.
package enum HandshakeOutcome: Sendable {
    /// A browser would go on.
    case agreed(HandshakeFacts)
    /// A browser would show a warning, and a page's requests would fail.
    case refused(CertificateTrouble)
    /// There was no TLS to judge.
    case failed(GatewayClientError)
}

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
