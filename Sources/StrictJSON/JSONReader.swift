// Reads JSON (RFC 8259) value by value, as strictly as its text allows: what two parsers could understand differently
// is an error here, because between a token's issuer and the gateway a difference is a hole. Builds no tree, and is not
// for texts that arrive in pieces.

/// A place in a JSON text. Each read takes the value that stands there and moves behind it, or throws.
///
/// Refused beyond RFC 8259's grammar: bytes that are not UTF-8 (§8.1), a byte order mark, a member name that stands
/// twice in one object (§4 leaves its meaning open), an escaped surrogate without its other half (§8.2), and nesting
/// below a limit.
///
/// ```swift
/// var reader = try JSONReader(bytes)
/// var object = try reader.beginObject()
/// while let name = try reader.nextMember(of: &object) {
///     switch name {
///     case "to": recipient = try reader.readString()
///     default: try reader.skipValue()
///     }
/// }
/// try reader.finish()
/// ```
///
/// A value that the caller neither reads nor skips makes the next read throw, so nothing is passed over silently.
package struct JSONReader: Sendable {
    let bytes: [UInt8]
    /// How many bytes of the text stand before this place.
    package internal(set) var offset = 0
    private var depth = 0
    private let depthLimit: Int

    /// - Parameters:
    ///   - bytes: the whole text.
    ///   - depthLimit: how many objects and arrays may stand within each other.
    /// - Throws: ``JSONError`` when the text is not UTF-8, or begins with a byte order mark.
    package init(_ bytes: [UInt8], depthLimit: Int = 32) throws(JSONError) {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONError(error.byteOffsets.lowerBound, "is not UTF-8")
        }
        // RFC 8259 §8.1 lets a parser ignore it. Whoever reads the same bytes elsewhere may not.
        guard !bytes.starts(with: [0xef, 0xbb, 0xbf]) else { throw JSONError(0, "begins with a byte order mark") }
        self.bytes = bytes
        self.depthLimit = depthLimit
        skipSpace()
    }

    /// Copies the text, so that the reader is free to outlive the buffer.
    ///
    /// - Parameters:
    ///   - bytes: the whole text.
    ///   - depthLimit: how many objects and arrays may stand within each other.
    /// - Throws: ``JSONError`` when the text is not UTF-8, or begins with a byte order mark.
    package init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int = 32) throws(JSONError) {
        try self.init([UInt8](bytes), depthLimit: depthLimit)
    }

    /// What kind of value stands here, by its first character.
    ///
    /// - Throws: ``JSONError`` when no value begins here.
    package func kind() throws(JSONError) -> JSONKind {
        guard let current, let kind = JSONKind(firstByte: current) else { throw unexpected("a value") }
        return kind
    }

    /// Whether a value of this kind stands here.
    ///
    /// - Throws: ``JSONError`` when no value begins here.
    package func stands(at wanted: JSONKind) throws(JSONError) -> Bool { try kind() == wanted }

    /// Checks that nothing but space is left.
    ///
    /// - Throws: ``JSONError`` when something is.
    package func finish() throws(JSONError) {
        guard offset == bytes.count else { throw JSONError(offset, "has more behind its value") }
    }

    // MARK: Places

    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func skipSpace() {
        while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
    }

    mutating func take(_ byte: UInt8, _ name: StaticString) throws(JSONError) {
        guard current == byte else { throw unexpected(name) }
        offset += 1
        skipSpace()
    }

    mutating func enter(_ opening: UInt8, _ name: StaticString) throws(JSONError) {
        guard current == opening else { throw unexpected(name) }
        guard depth < depthLimit else { throw JSONError(offset, "is nested deeper than \(depthLimit) levels") }
        depth += 1
        offset += 1
        skipSpace()
    }

    /// Whether the object or array that is being read has another part. Takes what separates or closes it.
    mutating func advance(to closing: UInt8, isFirst: inout Bool) throws(JSONError) -> Bool {
        if current == closing {
            depth -= 1
            offset += 1
            skipSpace()
            return false
        }
        if !isFirst { try take(UInt8(ascii: ","), "a comma or the end") }
        isFirst = false
        return true
    }

    func unexpected(_ expected: StaticString) -> JSONError {
        offset < bytes.count
            ? JSONError(offset, "should have \(expected) here") : JSONError(offset, "ends where \(expected) should be")
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

// The kinds of JSON values (RFC 8259 §3). Says what begins here, not that it is whole.

/// What kind of value stands at a place.
package enum JSONKind: Sendable, Equatable {
    case object, array, string, number, bool, null

    /// - Parameter firstByte: the value's first byte, which tells its kind.
    init?(firstByte: UInt8) {
        switch firstByte {
        case UInt8(ascii: "{"): self = .object
        case UInt8(ascii: "["): self = .array
        case UInt8(ascii: "\""): self = .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .bool
        case UInt8(ascii: "n"): self = .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
        default: return nil
        }
    }
}

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
