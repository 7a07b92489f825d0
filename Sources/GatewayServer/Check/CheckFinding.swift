// One line of `sluice check`: what was checked, whether it is in order, and what to do if it is not.

/// What one check found.
package struct CheckFinding: Sendable, Equatable, CustomStringConvertible {
    /// How it stands.
    package enum Outcome: String, Sendable {
        /// It is in order.
        case fine = "✓"
        /// It works, but not for long, or perhaps not as it is meant.
        case doubtful = "!"
        /// The gateway would not start, or nobody could use it.
        case wrong = "✗"
    }

    /// Where the mistake is. This decides the exit code.
    package enum Fault: Sendable, Equatable {
        /// In the configuration, or in a file that it names: `serve` would end with 78.
        case configuration
        /// In the surroundings: a port that is taken, another server, a proxy. `serve` would end with 1.
        case surroundings
    }

    /// How it stands.
    package let outcome: Outcome
    /// Where the mistake is.
    package let fault: Fault
    /// What was checked: a key, and its value where that helps.
    package let subject: String
    /// What was found, and after a semicolon what to do.
    package let detail: String

    /// - Parameters:
    ///   - outcome: how it stands.
    ///   - subject: what was looked at.
    ///   - detail: what was found and what to do.
    ///   - fault: where it lies.
    package init(_ outcome: Outcome, _ subject: String, _ detail: String, fault: Fault = .configuration) {
        self.outcome = outcome
        self.fault = fault
        self.subject = subject
        self.detail = detail
    }

    /// The same finding, with its fault elsewhere.
    package func at(_ fault: Fault) -> CheckFinding { CheckFinding(outcome, subject, detail, fault: fault) }

    /// The line.
    package var description: String { "\(outcome.rawValue) \(subject): \(detail)" }
}
