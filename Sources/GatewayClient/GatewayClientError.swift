/// Why the gateway could not be reached, refused, or was not understood, in words that say what to do about it.
///
/// One growable struct instead of a public enum, so that a new reason breaks no caller. It never holds a token.
package struct GatewayClientError: Error, Sendable, CustomStringConvertible {
    /// The reason, for decisions.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case invalidArgument, network, tls, timeout, connectionClosed, invalidResponse, refused, serverFailed
            case rejected, ended, outcomeUnknown, tooLarge, busy
        }

        private let reason: Reason

        /// The caller gave a URL, token or file that cannot work.
        package static let invalidArgument = Code(reason: .invalidArgument)
        /// The name was not found or nobody took the connection.
        package static let network = Code(reason: .network)
        /// The TLS handshake or record layer failed, for instance because the certificate is not trusted.
        package static let tls = Code(reason: .tls)
        /// Nothing was heard for longer than allowed.
        package static let timeout = Code(reason: .timeout)
        /// The peer closed the connection.
        static let connectionClosed = Code(reason: .connectionClosed)
        /// The answer is not what this protocol says: not HTTP, not an event stream, not the promised JSON.
        package static let invalidResponse = Code(reason: .invalidResponse)
        /// The gateway refused the request; asking again with the same request will not help.
        package static let refused = Code(reason: .refused)
        /// The gateway failed or asks to wait (5xx, 429). Asking again can help.
        static let serverFailed = Code(reason: .serverFailed)
        /// The gateway ended the stream with a `sluice.rejected` event.
        package static let rejected = Code(reason: .rejected)
        /// The gateway said that there is nothing more to come (204).
        package static let ended = Code(reason: .ended)
        /// A publish was sent and not answered: the event may be in the log or not.
        static let outcomeUnknown = Code(reason: .outcomeUnknown)
        /// The peer sent more than the client may hold.
        package static let tooLarge = Code(reason: .tooLarge)
        /// There are more requests at once than the client may have open.
        package static let busy = Code(reason: .busy)

        /// The reason in one word, for logs.
        package var description: String { reason.rawValue }
    }

    /// The reason, for decisions.
    package let code: Code
    /// What happened and what to do, for people.
    package let message: String
    /// The error below this one, when there is one.
    package let cause: (any Error)?
    /// How long the gateway asks to wait before the request is made again; zero when it does not say.
    package let retryAfter: Duration

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: the reason, for decisions.
    ///   - message: what happened and what to do, for people.
    ///   - cause: the error below this one, when there is one.
    ///   - retryAfter: how long the gateway asks to wait; zero when it does not say.
    package init(code: Code, message: String, cause: (any Error)? = nil, retryAfter: Duration = .zero) {
        self.retryAfter = retryAfter
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same request can be made again without harm, and succeed then.
    ///
    /// `outcomeUnknown` is excluded: a publish that is repeated under another key may be delivered twice.
    package var isRetryable: Bool {
        [.network, .timeout, .connectionClosed, .serverFailed, .busy].contains(code)
    }

    /// The message; the cause's text behind it when there is one.
    package var description: String {
        guard let cause else { return message }
        return "\(message) (\(Self.words(for: cause)))"
    }
}
