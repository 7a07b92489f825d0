internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOPosix

/// What a failed connection means, in words for the person at the command line.
extension GatewayClientError {
    /// Translates what the layers below report.
    ///
    /// - Parameters:
    ///   - error: what NIO, the HTTP codec or TLS threw; an error of this type stays as it is.
    ///   - url: the gateway that was talked to.
    init(connectionError error: any Error, to url: GatewayURL) {
        switch error {
        case let error as GatewayClientError: self = error
        case let error as TLSError: self.init(tlsError: error, to: url)
        case let error as NIOConnectionError: self.init(connectionError: error, to: url)
        case ChannelError.connectTimeout:
            self.init(code: .network, message: "\(url) did not take the connection in time: check host, port, firewall")
        case is HTTPParserError:
            self.init(code: .invalidResponse, message: "\(url) does not answer in HTTP/1.1", cause: error)
        default:
            self.init(code: .network, message: "the connection to \(url) failed", cause: error)
        }
    }

    /// Why the gateway's certificate was refused, if that is what happened.
    var certificateTrouble: CertificateTrouble? {
        guard let error = cause as? TLSError, error.code == .certificateRejected else { return nil }
        return CertificateTrouble(message: error.message)
    }

    /// A connection that broke is another matter than a peer that cannot be talked to: only the first is worth a repeat.
    private init(tlsError error: TLSError, to url: GatewayURL) {
        switch error.code {
        case .truncated:
            self.init(code: .connectionClosed, message: "the connection to \(url) was cut without a goodbye")
        case .handshakeInterrupted, .handshakeTimedOut:
            self.init(code: .network, message: "\(url) did not finish the TLS handshake", cause: error)
        case .certificateRejected:
            let advice = "check that --ca names its CA and that the URL names a host of its certificate"
            self.init(code: .tls, message: "the certificate of \(url) is not trusted: \(advice)", cause: error)
        default:
            self.init(code: .tls, message: "TLS with \(url) failed", cause: error)
        }
    }

    private init(connectionError error: NIOConnectionError, to url: GatewayURL) {
        guard error.connectionErrors.isEmpty else {
            self.init(
                code: .network, message: "nobody takes connections at \(url): is the gateway running?",
                cause: error.connectionErrors[0].error)
            return
        }
        self.init(code: .network, message: "the host name of \(url) was not found", cause: error)
    }
}
