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

    static func checked(utf8 bytes: some Collection<UInt8>, as subject: String) throws(EventStreamError) -> String {
        // The length goes first, so that a peer's large value is not copied only to be refused.
        guard bytes.count <= maximumByteCount else {
            throw EventStreamError(
                code: .tooLong, message: "the \(subject) has \(bytes.count) bytes: \(maximumByteCount) are allowed")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw EventStreamError(code: .invalidUTF8, message: "the \(subject) is not UTF-8")
        }
        return try checked(text, as: subject)
    }

    private static func isForbidden(_ byte: UInt8) -> Bool {
        byte == LineBreakScanner.carriageReturn || byte == LineBreakScanner.lineFeed || byte == 0
    }
}
