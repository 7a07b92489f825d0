// One line of `sluice check`: what was looked at, whether it is in order, and what to do if it is not.

/// What one check found.
package struct CheckFinding: Sendable, Equatable, CustomStringConvertible {
    /// How it stands.
    package enum Outcome: String, Sendable {
        /// In order.
        case fine = "✓"
        /// It works, but not for long, or not as it may be meant.
        case doubtful = "!"
        /// The gateway would not start, or nobody could use it.
        case wrong = "✗"
    }

    /// How it stands.
    package let outcome: Outcome
    /// What was looked at: a key, with its value where that tells more.
    package let subject: String
    /// What was found, and after a semicolon what to do.
    package let detail: String

    /// - Parameters:
    ///   - outcome: how it stands.
    ///   - subject: what was looked at.
    ///   - detail: what was found and what to do.
    package init(_ outcome: Outcome, _ subject: String, _ detail: String) {
        self.outcome = outcome
        self.subject = subject
        self.detail = detail
    }

    /// The line.
    package var description: String { "\(outcome.rawValue) \(subject): \(detail)" }
}
