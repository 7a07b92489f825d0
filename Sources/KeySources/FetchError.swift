// Why keys could not be fetched. What to do about it is in the message: an operator reads it in the log.

internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOPosix
internal import PlainWords

/// A fetch that failed.
package struct FetchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for metrics and decisions.
    package enum Code: String, Sendable, CaseIterable {
        /// The host was not found, takes no connections, or the connection broke.
        case network
        /// Its certificate is not good for its name, or TLS failed otherwise.
        case tls
        /// It took too long (``FetchRules/fetchTime``).
        case timeout
        /// Another status than 200.
        case status
        /// A redirect to another host, to something else than https, or one too many.
        case redirect
        /// More than ``FetchRules/documentBytes``.
        case tooLarge = "too-large"
        /// No HTTP, or a document that is not what it should be.
        case malformed
        /// The discovery document is another issuer's.
        case otherIssuer = "other-issuer"
        /// The gateway stops.
        case cancelled
    }

    /// The reason, for metrics and decisions.
    package let code: Code
    /// What happened, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }

    /// What the layers below report.
    init(_ error: any Error, at url: SecureURL) {
        switch error {
        case let error as FetchError: self = error
        case let error as TLSError where error.code == .certificateRejected:
            self.init(.tls, "the certificate of \(url.authority) is refused: \(error.message)")
        case let error as TLSError where [.truncated, .handshakeInterrupted].contains(error.code):
            self.init(.network, "\(url.authority) cut the connection")
        case let error as TLSError: self.init(.tls, "TLS with \(url.authority) failed: \(error.message)")
        case let error as NIOConnectionError:
            let cause = error.connectionErrors.first.map { PlainError.text($0.error) }
            self.init(.network, "\(url.authority) can't be reached: \(cause ?? "the name was not found")")
        case is HTTPParserError: self.init(.malformed, "\(url.authority) does not answer in HTTP/1.1")
        case is CancellationError: self.init(.cancelled, "the gateway stops")
        default: self.init(.network, "the connection to \(url.authority) failed: \(PlainError.text(error))")
        }
    }

    static func timeout(_ url: SecureURL) -> FetchError {
        FetchError(.timeout, "\(url) did not answer within \(FetchRules.fetchTime.components.seconds) s")
    }
}
