/// The check that event names and event ids share. The checked values themselves are `EventName` and `EventID`.
enum FieldText {
    /// Long enough for any name or id that a person or a program gives; short enough to be a header field value.
    static let maximumByteCount = 255

    static func checked(_ text: String, as subject: String) throws(EventStreamError) -> String {
        guard !text.isEmpty else {
            throw EventStreamError(code: .empty, message: "the \(subject) is empty: leave it out or give it a value")
        }
        guard text.utf8.count <= maximumByteCount else {
            throw EventStreamError(
                code: .tooLong, message: "the \(subject) has \(text.utf8.count) bytes: \(maximumByteCount) are allowed")
        }
        guard !text.utf8.contains(where: isForbidden) else {
            throw EventStreamError(
                code: .forbiddenCharacter, message: "the \(subject) holds a CR, LF or NUL: remove it")
        }
        return text
    }

    private static func isForbidden(_ byte: UInt8) -> Bool {
        byte == LineBreakScanner.carriageReturn || byte == LineBreakScanner.lineFeed || byte == 0
    }
}

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

    /// The name as text.
    package var description: String { text }
}
