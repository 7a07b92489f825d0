// base64url without padding (RFC 4648 §5, RFC 7515 §2), as strictly as it can be read: each byte string has one text.

/// Bytes as text that stands in URLs and fields unescaped.
package enum Base64URL {
    /// The text of bytes.
    ///
    /// - Parameter bytes: what to write.
    /// - Returns: ASCII without `=`.
    package static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var (buffer, bits) = (UInt32(0), 0)
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(buffer >> UInt32(bits) & 0x3f)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(6 - bits) & 0x3f)]) }
        return text
    }

    /// The bytes of a text.
    ///
    /// - Parameter text: ASCII without `=` and without any space.
    /// - Returns: nothing when a character is none of base64url's, when the length is none, or when bits are set that
    ///   stand for nothing: else one signature could be written in several ways (RFC 4648 §3.5).
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: text.count * 3 / 4)
        return decode(text, into: &bytes) ? bytes : nil
    }

    private static func decode(_ text: ArraySlice<UInt8>, into bytes: inout [UInt8]) -> Bool {
        let (text, values) = (text.span, values.span)
        var output = bytes.mutableSpan
        var (seen, read, written) = (UInt32(0), 0, 0)
        while read + 4 <= text.count {
            let (a, b) = (values[Int(text[read])], values[Int(text[read + 1])])
            let (c, d) = (values[Int(text[read + 2])], values[Int(text[read + 3])])
            seen |= a | b | c | d
            let group = a << 18 | b << 12 | c << 6 | d
            output[written] = UInt8(truncatingIfNeeded: group >> 16)
            output[written + 1] = UInt8(truncatingIfNeeded: group >> 8)
            output[written + 2] = UInt8(truncatingIfNeeded: group)
            (read, written) = (read + 4, written + 3)
        }
        guard seen & invalid == 0 else { return false }
        return decodeRest(text.extracting(read..<text.count), into: &output, from: written)
    }

    /// The last two or three characters, whose spare bits have to be unset; or none.
    private static func decodeRest(_ text: Span<UInt8>, into output: inout MutableSpan<UInt8>, from start: Int) -> Bool
    {
        guard text.count >= 2 else { return true }
        let hasThird = text.count == 3
        let (a, b) = (values[Int(text[0])], values[Int(text[1])])
        let c = hasThird ? values[Int(text[2])] : 0
        let group = a << 10 | b << 4 | c >> 2
        let spare = hasThird ? c & 0x3 : b & 0xf
        output[start] = UInt8(truncatingIfNeeded: group >> 8)
        if hasThird { output[start + 1] = UInt8(truncatingIfNeeded: group) }
        return (a | b | c) & invalid == 0 && spare == 0
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let invalid: UInt32 = 0x8000_0000
    private static let values: [UInt32] = {
        var values = [UInt32](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt32(value) }
        return values
    }()
}
