// Why the demo does not start.

/// Something that has to be put right before the demo can run.
package struct DemoError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
