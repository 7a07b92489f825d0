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
    /// - Returns: nothing when a character is none of base64url's, when the length is none, or when bits are set that stand for
    ///   nothing: else one signature could be written in several ways (RFC 4648 §3.5).
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: text.count * 3 / 4)
        return decode(text, into: &bytes) ? bytes : nil
    }

    private static func decode(_ text: ArraySlice<UInt8>, into bytes: inout [UInt8]) -> Bool {
        let values = values
        var (buffer, bits, seen, written) = (UInt32(0), UInt32(0), UInt8(0), 0)
        for character in text {
            let value = values[Int(character)]
            seen |= value
            buffer = buffer << 6 | UInt32(value & 0x3f)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes[written] = UInt8(truncatingIfNeeded: buffer >> bits)
            written += 1
        }
        let hasSpareBits = buffer & ((1 << bits) - 1) != 0
        return seen & invalid == 0 && !hasSpareBits
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let invalid: UInt8 = 0x80
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
