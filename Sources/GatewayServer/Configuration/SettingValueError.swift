// Why one text is not a value of its setting's type. It knows neither key nor source: who asked adds them.

/// A text that is not a value of the wanted type.
package struct SettingValueError: Error, Sendable, Equatable {
    /// What is wrong, to follow the quoted value: `is not a whole number`.
    package let problem: String
    /// What to write, as an imperative.
    package let remedy: String

    /// - Parameters:
    ///   - problem: what is wrong, to follow the quoted value.
    ///   - remedy: what to write, as an imperative.
    package init(problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }
}
