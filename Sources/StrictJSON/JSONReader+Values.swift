// Strings, numbers and literals (RFC 8259 §3, §6, §7), and values of any kind for their text alone.

extension JSONReader {
    /// Reads a string, its escapes resolved.
    ///
    /// - Throws: ``JSONError`` when no string stands here, or it is not well formed.
    package mutating func readString() throws(JSONError) -> String {
        let string = try takeString()
        guard string.hasEscapes else { return String(decoding: bytes[string.content], as: UTF8.self) }
        return try JSONEscapes.decode(bytes[string.content])
    }

    /// Reads a string for its bytes: UTF-8, its escapes resolved.
    ///
    /// - Throws: ``JSONError`` when no string stands here, or it is not well formed.
    package mutating func readStringBytes() throws(JSONError) -> ArraySlice<UInt8> {
        let string = try takeString()
        let content = bytes[string.content]
        return string.hasEscapes ? try JSONEscapes.bytes(of: content)[...] : content
    }

    /// Reads a number's text: what it is worth depends on who asks.
    ///
    /// - Throws: ``JSONError`` when no number stands here.
    package mutating func readNumber() throws(JSONError) -> JSONNumber {
        let start = offset
        let end = try takeNumber()
        return JSONNumber(text: String(decoding: bytes[start..<end], as: UTF8.self), offset: start)
    }

    /// Reads `true` or `false`.
    ///
    /// - Throws: ``JSONError`` when neither stands here.
    package mutating func readBool() throws(JSONError) -> Bool {
        if take(word: "true") { return true }
        if take(word: "false") { return false }
        throw unexpected("true or false")
    }

    /// Reads `null`.
    ///
    /// - Throws: ``JSONError`` when something else stands here.
    mutating func readNull() throws(JSONError) {
        guard take(word: "null") else { throw unexpected("null") }
    }

    /// Reads a value of any kind for its text, checked as strictly as everything.
    ///
    /// - Returns: the value's bytes as they stand, without space around them. The indices are offsets in the text.
    /// - Throws: ``JSONError`` when no value stands here, or it is not well formed.
    package mutating func readRaw() throws(JSONError) -> ArraySlice<UInt8> {
        let start = offset
        try skipValue()
        var end = offset
        while end > start, Self.isSpace(bytes[end - 1]) { end -= 1 }
        return bytes[start..<end]
    }

    /// Passes over a value of any kind, checked as strictly as everything. The depth limit ends the recursion.
    ///
    /// - Throws: ``JSONError`` when no value stands here, or it is not well formed.
    package mutating func skipValue() throws(JSONError) {
        switch try kind() {
        case .object:
            var object = try beginObject()
            while try skipName(of: &object) { try skipValue() }
        case .array:
            var array = try beginArray()
            while try nextElement(of: &array) { try skipValue() }
        case .string: _ = try takeString()
        case .number: _ = try takeNumber()
        case .bool: _ = try readBool()
        case .null: try readNull()
        }
    }

    // MARK: Their bytes

    /// Takes a string.
    ///
    /// - Returns: where its content stands between the quotes, every escape checked.
    mutating func takeString() throws(JSONError) -> (content: Range<Int>, hasEscapes: Bool) {
        guard current == UInt8(ascii: "\"") else { throw unexpected("a string") }
        let start = offset + 1
        var position = start
        var hasEscapes = false
        while position < bytes.count {
            position = JSONEscapes.endOfPlainText(in: bytes.span, from: position)
            guard position < bytes.count, bytes[position] != UInt8(ascii: "\"") else { break }
            guard bytes[position] == UInt8(ascii: "\\") else {
                throw JSONError(position, "has a control character in a string: escape it")
            }
            hasEscapes = true
            _ = try JSONEscapes.scalar(in: bytes[...], at: &position)
        }
        guard position < bytes.count else { throw JSONError(bytes.count, "ends within a string") }
        offset = position + 1
        skipSpace()
        return (start..<position, hasEscapes)
    }

    /// Takes a number.
    ///
    /// - Returns: the offset behind its last character.
    private mutating func takeNumber() throws(JSONError) -> Int {
        guard let end = JSONNumber.end(in: bytes, from: offset) else { throw unexpected("a number") }
        offset = end
        skipSpace()
        return end
    }

    private mutating func take(word: String) -> Bool {
        guard bytes[offset...].starts(with: word.utf8) else { return false }
        offset += word.utf8.count
        skipSpace()
        return true
    }
}
