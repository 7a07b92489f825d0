// The escapes within a JSON string (RFC 8259 §7). Not for finding where a string ends.

/// Reads and writes escapes.
enum JSONEscapes {
    /// A string's value.
    ///
    /// - Parameter content: what stands between its quotes; UTF-8.
    /// - Throws: ``JSONError`` at an escape that is not well formed.
    static func decode(_ content: ArraySlice<UInt8>) throws(JSONError) -> String {
        String(decoding: try bytes(of: content), as: UTF8.self)
    }

    /// The same as UTF-8.
    static func bytes(of content: ArraySlice<UInt8>) throws(JSONError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var position = content.startIndex
        while position < content.endIndex {
            let byte = content[position]
            if byte == UInt8(ascii: "\\") {
                result.append(contentsOf: UTF8.encode(try scalar(in: content, at: &position)) ?? .init())
            } else {
                result.append(byte)
                position += 1
            }
        }
        return result
    }

    /// What one escape stands for.
    ///
    /// - Parameter position: where the backslash stands; afterwards, where the escape ends.
    /// - Throws: ``JSONError`` when the escape is not well formed.
    static func scalar(in text: ArraySlice<UInt8>, at position: inout Int) throws(JSONError) -> Unicode.Scalar {
        let start = position
        position += 2
        switch start + 1 < text.endIndex ? text[start + 1] : 0 {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeScalar(in: text, at: &position, escapeStart: start)
        default: throw JSONError(start, "has an escape that JSON does not know")
        }
    }

    /// What follows `\u`: one code unit, or two that are a surrogate pair. RFC 8259 §8.2 calls what comes of a lone
    /// half unpredictable.
    private static func unicodeScalar(
        in text: ArraySlice<UInt8>, at position: inout Int, escapeStart: Int
    ) throws(JSONError) -> Unicode.Scalar {
        let unit = try codeUnit(in: text, at: &position)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        let lone = JSONError(escapeStart, "has half of a surrogate pair")
        let hasSecond = text[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
        guard UTF16.isLeadSurrogate(unit), hasSecond else { throw lone }
        position += 2
        let trail = try codeUnit(in: text, at: &position)
        guard UTF16.isTrailSurrogate(trail) else { throw lone }
        let value = 0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(trail) - 0xdc00)
        guard let scalar = Unicode.Scalar(value) else { throw lone }
        return scalar
    }

    private static func codeUnit(in text: ArraySlice<UInt8>, at position: inout Int) throws(JSONError) -> UInt16 {
        let digits = text[position...].prefix(4)
        var unit: UInt16 = 0
        for digit in digits {
            guard let value = hexDigit(digit) else { break }
            unit = unit << 4 | UInt16(value)
            position += 1
        }
        guard digits.count == 4, position == digits.endIndex else {
            throw JSONError(position, "has an escape that four hex digits should follow")
        }
        return unit
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Where the bytes that stand for themselves within a string end (RFC 8259 §7): all but quotes, backslashes and
    /// controls.
    static func endOfPlainText(in text: Span<UInt8>, from start: Int) -> Int {
        text.withUnsafeBytes { text in
            var position = start
            while position + 8 <= text.count {
                let marks = specialBytes(of: text.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian)
                if marks != 0 { return position + marks.trailingZeroBitCount / 8 }
                position += 8
            }
            while position < text.count, standsForItself(text[position]) { position += 1 }
            return position
        }
    }

    /// The high bit of each of eight bytes that does not stand for itself. A borrow can mark a byte *above* such a one
    /// by mistake, never one below, so the lowest mark is always right.
    private static func specialBytes(of word: UInt64) -> UInt64 {
        let (ones, highBits): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let controls = (word &- ones &* 0x20) & ~word
        let (quotes, backslashes) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5c))
        return (controls | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes) & highBits
    }

    private static func standsForItself(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Appends `text` with what a JSON string may not hold escaped. `</script>` needs no care: no answer of ours is
    /// HTML.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        let isPlain = text.utf8.withContiguousStorageIfAvailable { utf8 in
            endOfPlainText(in: utf8.span, from: 0) == utf8.count
        }
        guard isPlain != true else { return bytes.append(contentsOf: text.utf8) }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0a: bytes += "\\n".utf8
            case 0x0d: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case 0..<0x20: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
    }
}
