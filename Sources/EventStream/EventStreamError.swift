/// What went wrong in the event-stream grammar: a field that cannot be written, or a stream that cannot be read.
///
/// One growable struct instead of a public enum, so that a new reason breaks no caller.
package struct EventStreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for decisions.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case empty
            case forbiddenCharacter
            case tooLong
            case eventTooLarge
        }

        private let reason: Reason

        /// An event name or id without a byte in it.
        package static let empty = Code(reason: .empty)
        /// A CR, LF or NUL: it would end the field and start another (field injection).
        static let forbiddenCharacter = Code(reason: .forbiddenCharacter)
        /// An event name or id with more bytes than allowed.
        package static let tooLong = Code(reason: .tooLong)
        /// The peer's event or line has more bytes than the parser may hold.
        static let eventTooLarge = Code(reason: .eventTooLarge)

        /// The reason in one word, for logs.
        package var description: String { reason.rawValue }
    }

    /// The reason, for decisions.
    package let code: Code
    /// What to fix, for people. Holds no byte of the refused value.
    package let message: String

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: the reason, for decisions.
    ///   - message: what to fix, for people.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// Reason and message on one line.
    package var description: String { "\(code): \(message)" }
}
