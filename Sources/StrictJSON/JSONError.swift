// What is wrong with a JSON text, and where. Not for what is wrong with its meaning: that is the reader's caller's
// word.

/// A JSON text that is not accepted.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// How many bytes of the text stand before the place.
    package let offset: Int
    /// What is wrong, to be read behind "The JSON text". Repeats nothing of the text, which may be secret.
    package let message: String

    /// - Parameters:
    ///   - offset: how many bytes of the text stand before the place.
    ///   - message: what is wrong, to be read behind "The JSON text".
    package init(_ offset: Int, _ message: String) {
        self.offset = offset
        self.message = message
    }

    /// One sentence.
    package var description: String { "The JSON text \(message) (byte \(offset))." }
}
