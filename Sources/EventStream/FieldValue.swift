/// The value of a field that a reader by the HTML standard passes over (§9.2.6): for programs that look for it.
package struct FieldValue: Sendable, Hashable {
    /// Not empty, at most 255 bytes, no CR, LF or NUL.
    package let text: String

    /// Checks a value.
    ///
    /// - Throws: `EventStreamError` when it is empty, too long, or holds CR, LF or NUL.
    package init(_ text: String) throws(EventStreamError) {
        self.text = try FieldText.checked(text, as: "field's value")
    }
}
