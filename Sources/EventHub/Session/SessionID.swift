// The sign-in that a stream came from. It is a name and no secret: it does not say who somebody is, and counts only
// together with the user of a verified token.

/// Names one sign-in of one browser. Its streams share the name, whichever token opened them.
package struct SessionID: Sendable, Hashable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new name.
    package init(using generator: inout some RandomNumberGenerator) {
        high = generator.next()
        low = generator.next()
    }

    /// Reads what ``description`` wrote; nothing when the text is anything else.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8
        guard digits.count == Self.digitCount, digits.allSatisfy(Self.isDigit),
            let high = UInt64(text.prefix(Self.digitCount / 2), radix: 16),
            let low = UInt64(text.suffix(Self.digitCount / 2), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }

    /// 32 lower-case hex digits.
    package var description: String { Self.hex(high) + Self.hex(low) }

    /// Its first eight digits: enough to tell a user's sessions from each other.
    var shortName: String { String(Self.hex(high).prefix(8)) }

    /// How long its text is.
    package static let digitCount = 32

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: digitCount / 2 - digits.utf8.count) + digits
    }

    /// Each session has one text only: `UInt64` alone would also accept a sign and capitals.
    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
