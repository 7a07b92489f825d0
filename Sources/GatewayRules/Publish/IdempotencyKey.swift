// The field that makes a publish safe to send again (IETF draft-ietf-httpapi-idempotency-key-header). The event log
// knows what it stands for.

internal import HTTPServing
internal import HTTPTypes
internal import PeerText

/// A publisher's own name for one request.
struct IdempotencyKey: Equatable {
    let text: String

    private static let field = HTTPField.Name("Idempotency-Key")
    private static let lengths = 1...255

    /// Reads the field; nil when the request has none.
    ///
    /// In the draft the key is a string in quotes (RFC 9651 §3.3.3). Most clients send it bare. Both are the same key.
    ///
    /// - Throws: ``Problem`` for a key that might be taken for another.
    init?(_ fields: HTTPFields) throws(Problem) {
        guard let field = Self.field, fields.contains(field) else { return nil }
        let values = fields[values: field]
        guard values.count == 1, let value = values.first else { throw .idempotencyKeyInvalid }
        let (bytes, quote) = (value.bytes, UInt8(ascii: "\""))
        let isQuoted = bytes.count >= 2 && bytes.first == quote && bytes.last == quote
        text = isQuoted ? String(Substring(bytes.dropFirst().dropLast())) : value
        guard Self.lengths.contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
            throw .idempotencyKeyInvalid
        }
    }

    /// Visible ASCII. Quotes and backslashes would need RFC 9651's escapes, which bare keys do not have.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

extension Problem {
    static let idempotencyKeyInvalid = Problem(
        .badRequest, "idempotency-key-invalid",
        "Idempotency-Key is one key of 1 to 255 visible ASCII characters without quotes and backslashes, such as a UUID."
    )
}
