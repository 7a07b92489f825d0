/// A failure in one sentence that says what to do.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    /// What the program ends with.
    let status: ExitStatus

    init(_ description: String, _ status: ExitStatus = .failed) {
        self.description = description
        self.status = status
    }
}
