// The one error of this room: what went wrong, for decisions, and what to do about it, for people.

/// A failure of the connection to NATS, of a request, or of what a caller asked for.
package struct NATSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for metrics and decisions.
    package enum Code: String, Sendable, CaseIterable {
        /// The server's bytes are not its protocol's.
        case malformed
        /// More bytes than a limit allows, of ours or the server's.
        case tooLarge = "too-large"
        /// A subject, or a queue group's name, that can't be one.
        case subjectInvalid = "subject-invalid"
        /// A header's name or value that can't be one.
        case headerInvalid = "header-invalid"
        /// A credentials file, or a key, that can't be used.
        case credentialsInvalid = "credentials-invalid"
        /// A server's URL that can't be used.
        case addressInvalid = "address-invalid"
        /// The host was not found, takes no connections, or the connection broke.
        case network
        /// The server's certificate is not good for its name, it does no TLS, or TLS failed otherwise.
        case tls
        /// The server does not let these credentials in, or a subject is not for them.
        case refused
        /// The server ended the connection, or said that an operation was wrong.
        case serverError = "server-error"
        /// The server lacks what this client needs.
        case unsupported
        /// The server, or whoever was asked, has not answered in time.
        case timeout
        /// Nobody listens to the subject of a request.
        case noResponders = "no-responders"
        /// The connection was lost when this was under way: it may have arrived or not.
        case outcomeUnknown = "outcome-unknown"
        /// As much is under way as may be.
        case full
        /// The client is closed, or was not started. What was asked for has not been sent.
        case closed
    }

    /// The reason, for metrics and decisions.
    package let code: Code
    /// What happened, and what to do. It repeats no secret.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}

extension NATSError {
    static let closed = NATSError(.closed, "the client is closed")

    static func outcomeUnknown(_ cause: NATSError) -> NATSError {
        NATSError(.outcomeUnknown, "it may have arrived or not, because the connection was lost: \(cause.message)")
    }

    /// A server, or something on the way to it, that does not speak NATS's protocol.
    static func malformed(_ what: String) -> NATSError {
        NATSError(.malformed, "the server's \(what): it is no NATS server, or the connection is broken")
    }
}
