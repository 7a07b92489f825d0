// base64 with padding (RFC 4648 §4), the server's form of bytes in JSON. Foundation's reader is not used: it takes
// padding where none may stand, and characters behind it.

/// Bytes of a text.
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

    private static let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let values: [UInt8] = alphabet.utf8.enumerated()
        .reduce(into: [UInt8](repeating: .max, count: 256)) { $0[Int($1.element)] = UInt8($1.offset) }
}
