// Why a request to JetStream failed, and what that is for whoever asked the log.

internal import EventLog
package import NATSClient

/// A request to JetStream that failed.
package struct JetStreamError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Cause: Sendable, Equatable {
        /// It has not arrived, or no answer has come.
        case client(NATSError)
        /// The server refused it.
        case refused(Refusal)
        /// An answer that can't be read.
        case malformed(String)
    }

    package let cause: Cause
    /// What was asked, for people.
    package let request: String
    /// The server's code; nothing when it was not the server that refused.
    package let refusal: Refusal.Code?

    package init(_ cause: Cause, of request: String) {
        (self.cause, self.request) = (cause, request)
        refusal = if case .refused(let refusal) = cause { refusal.code } else { nil }
    }

    package var description: String {
        switch cause {
        case .client(let error) where error.code == .noResponders:
            "\(request): nobody answers: JetStream is not enabled on the servers, or a leader is being elected"
        case .client(let error): "\(request): \(error.message)"
        case .refused(let refusal): "\(request): \(refusal)"
        case .malformed(let what): "\(request): the answer can't be read: \(what)"
        }
    }

    /// Whether what was asked may have been done.
    var isOutcomeUnknown: Bool {
        switch cause {
        case .client(let error): error.code == .outcomeUnknown || error.code == .timeout
        case .refused: false
        case .malformed: true
        }
    }

    /// Whether it may be otherwise in a moment: a leader is being elected, or the connection was lost.
    var isPassing: Bool {
        switch cause {
        case .client(let error):
            [.outcomeUnknown, .timeout, .noResponders, .network, .serverError].contains(error.code)
        case .refused(let refusal): refusal.isPassing
        case .malformed: false
        }
    }

    /// Whether it is the one message's fault, such as its size, or that of too much at once: another may do better.
    var isOfMessage: Bool {
        switch cause {
        case .client(let error): [.tooLarge, .full, .subjectInvalid, .headerInvalid].contains(error.code)
        case .refused(let refusal): refusal.code == .messageTooLarge
        case .malformed: false
        }
    }

    /// What the log's callers are told.
    var eventLogError: EventLogError {
        var error = EventLogError(code, description, retrySeconds: retrySeconds)
        error.mayBeStored = isOutcomeUnknown
        return error
    }

    private var code: EventLogError.Code {
        switch cause {
        case .client(let error) where error.code == .full: .busy
        case .client(let error) where error.code == .tooLarge: .tooLarge
        case .refused(let refusal) where refusal.code == .messageTooLarge: .tooLarge
        case .refused(let refusal) where refusal.isLackOfRoom: .full
        case .client, .refused, .malformed: .unavailable
        }
    }

    private var retrySeconds: Int64? {
        switch cause {
        case .malformed: nil
        case .client, .refused: code == .tooLarge ? nil : code == .full ? 10 : 1
        }
    }
}
