/// A failure in one sentence that says what to do; ArgumentParser prints it as `Error: …` and exits with 1.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
