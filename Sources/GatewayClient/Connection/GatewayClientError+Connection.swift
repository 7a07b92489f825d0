internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOPosix
internal import PlainWords

/// What a failed connection means, in words for the person at the command line.
extension GatewayClientError {
    /// Translates what the layers below report.
    ///
    /// - Parameters:
    ///   - error: what NIO, the HTTP codec or TLS threw; an error of this type stays as it is.
    ///   - url: the gateway that the connection was to.
    package init(connectionError error: any Error, to url: GatewayURL) {
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

    /// A broken connection is worth another attempt. A peer that speaks another protocol is not.
    private init(tlsError error: TLSError, to url: GatewayURL) {
        switch error.code {
        case .truncated:
            self.init(code: .connectionClosed, message: "the connection to \(url) was cut without a goodbye")
        case .handshakeInterrupted, .handshakeTimedOut:
            self.init(code: .network, message: "\(url) did not finish the TLS handshake", cause: error)
        case .certificateRejected:
            let trouble = CertificateTrouble(message: error.message)
            self.init(code: .tls, message: "the certificate of \(url) \(trouble.advice)", cause: error)
        default:
            self.init(code: .tls, message: "TLS with \(url) failed", cause: error)
        }
    }

    /// Several addresses may have failed. The first one's error is as good as any.
    private init(connectionError error: NIOConnectionError, to url: GatewayURL) {
        guard let first = error.connectionErrors.first?.error else {
            self.init(
                code: .network, message: "the host name of \(url) was not found: check --url and the name service")
            return
        }
        guard !Self.isRefusal(first) else {
            self.init(code: .network, message: "nobody takes connections at \(url): is the gateway running?")
            return
        }
        self.init(code: .network, message: "\(url) can't be reached: check host, port, firewall", cause: first)
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        PlainError.text(error) == PlainError.refused
    }

    /// The words of the layer below, for people.
    static func words(for cause: any Error) -> String {
        switch cause {
        case let error as TLSError: error.message + (error.alert.map { ", alert \($0)" } ?? "")
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { words(for: $0.error) } ?? "name not found"
        case is HTTPParserError: "the answer is not HTTP"
        default: PlainError.text(cause)
        }
    }
}
