// One thing that was looked at in a log's file.

/// What the look at one thing came to.
package struct LogFinding: Sendable, Equatable {
    package enum Outcome: Sendable {
        case fine
        /// It works, and the operator should know.
        case doubtful
        case wrong
    }

    package let outcome: Outcome
    /// What was looked at.
    package let subject: String
    /// What was found.
    package let detail: String

    init(_ outcome: Outcome, _ subject: String, _ detail: String) {
        (self.outcome, self.subject, self.detail) = (outcome, subject, detail)
    }
}
