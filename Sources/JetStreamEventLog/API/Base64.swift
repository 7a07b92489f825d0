// base64 (RFC 4648): the server's form of bytes in JSON (§4, with padding), and ours of digests in names (§5, without).

/// Bytes as text.
enum Base64 {
    /// Reads what Go's standard encoding writes.
    ///
    /// - Returns: nothing when a byte is none of the alphabet's, or the padding is not what the length asks for.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var (bits, held, padding) = (UInt32(0), 0, 0)
        for byte in text {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            let value = values[Int(byte)]
            guard value < 64, padding == 0 else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            guard held >= 8 else { continue }
            held -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
        }
        return padding == (3 - bytes.count % 3) % 3 ? bytes : nil
    }

    /// Writes bytes so that they may stand in a name, without padding.
    static func encodeForNames(_ bytes: [UInt8]) -> String {
        var (text, bits, held) = ([UInt8](), UInt32(0), 0)
        text.reserveCapacity(bytes.count * 4 / 3 + 2)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            held += 8
            while held >= 6 {
                held -= 6
                text.append(nameAlphabet[Int(bits >> UInt32(held) & 63)])
            }
        }
        if held > 0 { text.append(nameAlphabet[Int(bits << UInt32(6 - held) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let nameAlphabet = Array((letters + "-_").utf8)
    private static let values: [UInt8] = (letters + "+/").utf8.enumerated()
        .reduce(into: [UInt8](repeating: .max, count: 256)) { $0[Int($1.element)] = UInt8($1.offset) }
}
