// What a stream is called outside: its response's `Sluice-Stream`, and in lists of who is connected.

/// A stream's name: its shard and its number there.
package struct StreamName: Sendable, Equatable, Comparable, CustomStringConvertible {
    package let shard: Int
    package let number: UInt64

    package init(shard: Int, number: UInt64) { (self.shard, self.number) = (shard, number) }

    /// Reads what ``description`` wrote; nothing when the text is anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, let shard = Self.number(parts[0]), let number = Self.number(parts[1]),
            shard < ShardSet.capacity
        else { return nil }
        self.init(shard: Int(shard), number: number)
    }

    /// Each name has one text: no sign, no zero in front.
    private static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard digits.count < 20, digits.count == 1 || digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }

    package var description: String { "\(shard)-\(number)" }

    package static func < (left: StreamName, right: StreamName) -> Bool {
        (left.shard, left.number) < (right.shard, right.number)
    }
}
