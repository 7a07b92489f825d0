/// The value of an `id` field that is known to fit into one line (HTML standard §9.2.5).
///
/// It comes back in the `Last-Event-ID` header field. An empty id is grammatical (it forgets the last id) and refused
/// here: a log's event always has an id. What the id means is the event log's business.
package struct EventID: Sendable, Hashable, CustomStringConvertible {
    /// The id as text: not empty, at most 255 bytes, no CR, LF or NUL.
    package let text: String

    /// Checks an id.
    ///
    /// - Parameter text: the id.
    /// - Throws: `EventStreamError` when it is empty, too long, or holds CR, LF or NUL.
    package init(_ text: String) throws(EventStreamError) {
        self.text = try FieldText.checked(text, as: "event id")
    }

    /// Checks an id that arrived as bytes.
    ///
    /// - Parameter bytes: the id in UTF-8.
    /// - Throws: `EventStreamError` as `init(_:)`, and when the bytes are not UTF-8.
    package init(utf8 bytes: some Collection<UInt8>) throws(EventStreamError) {
        self.text = try FieldText.checked(utf8: bytes, as: "event id")
    }

    /// An id made of another one, a dash and a number: what an event log gives out. Needs no check of its own.
    ///
    /// - Parameters:
    ///   - prefix: what the ids of one log have in common.
    ///   - number: differs from event to event.
    package init(_ prefix: EventID, number: UInt64) {
        text = "\(prefix.text)-\(number)"
    }

    /// The id as text.
    package var description: String { text }
}
