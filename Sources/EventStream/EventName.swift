/// The value of an `event` field that is known to fit into one line (HTML standard §9.2.5).
///
/// For what the encoder writes. What the parser reads is a plain string: a server may send whatever the grammar allows.
package struct EventName: Sendable, Hashable, CustomStringConvertible {
    /// The name as text: not empty, at most 255 bytes, no CR, LF or NUL.
    package let text: String

    /// Checks a name.
    ///
    /// - Parameter text: the name; a leading space is kept, because the encoder writes its own.
    /// - Throws: `EventStreamError` when it is empty, too long, or holds CR, LF or NUL.
    package init(_ text: String) throws(EventStreamError) {
        self.text = try FieldText.checked(text, as: "event name")
    }

    /// A name that stands in our own code.
    ///
    /// - Precondition: `literal` is one that `init(_:)` takes.
    package init(literal: StaticString) {
        let text = "\(literal)"
        precondition((try? FieldText.checked(text, as: "event name")) != nil, "an event name in the code is not one")
        self.text = text
    }

    /// Checks a name that arrived as bytes.
    ///
    /// - Parameter bytes: the name in UTF-8.
    /// - Throws: `EventStreamError` as `init(_:)`, and when the bytes are not UTF-8.
    package init(utf8 bytes: some Collection<UInt8>) throws(EventStreamError) {
        self.text = try FieldText.checked(utf8: bytes, as: "event name")
    }

    /// The name as text.
    package var description: String { text }
}
