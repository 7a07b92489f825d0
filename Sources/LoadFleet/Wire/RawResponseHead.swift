/// What the fleet needs of a response's head (RFC 9112 §4, §6.3). It makes no text of it, because a publisher reads one
/// head per request.
struct RawResponseHead {
    /// How the body's end is found.
    enum Framing: Equatable {
        case chunked
        case length(Int)
        /// The body ends with the connection.
        case close
    }

    /// The head's bytes with its empty line; `nil` when that has not come yet.
    private(set) var length: Int?
    /// The status code; `nil` when it is not HTTP/1.1.
    private(set) var status: Int?
    /// `nil` when the length is no number.
    private(set) var framing: Framing? = .close

    /// Reads as far as the bytes reach.
    init(_ bytes: Span<UInt8>) {
        var start = 0
        for position in bytes.indices where bytes[position] == UInt8(ascii: "\n") {
            let line = start..<max(start, position - 1)
            guard !line.isEmpty || start == 0 else {
                length = position + 1
                return
            }
            if start == 0 { status = Self.status(bytes) } else { take(line, of: bytes) }
            start = position + 1
        }
    }

    private static func status(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.hasBytes("HTTP/1.1 ", at: 0), bytes.count > 12 else { return nil }
        return number(9..<12, of: bytes)
    }

    private mutating func take(_ line: Range<Int>, of bytes: Span<UInt8>) {
        switch bytes[line.lowerBound] | 0x20 {
        case UInt8(ascii: "c") where bytes.hasName("content-length:", at: line.lowerBound):
            let digits = Self.trimmed(line.dropFirst(15), of: bytes)
            if framing != .chunked { framing = Self.number(digits, of: bytes).map { .length($0) } }
        case UInt8(ascii: "t") where bytes.hasName("transfer-encoding:", at: line.lowerBound):
            let value = Self.trimmed(line.dropFirst(18), of: bytes)
            if value.count == 7, bytes.hasName("chunked", at: value.lowerBound) { framing = .chunked }
        default: break
        }
    }

    private static func trimmed(_ range: Range<Int>, of bytes: Span<UInt8>) -> Range<Int> {
        var range = range
        while let first = range.first, bytes[first] == UInt8(ascii: " ") { range.removeFirst() }
        while let last = range.last, bytes[last] == UInt8(ascii: " ") { range.removeLast() }
        return range
    }

    private static func number(_ digits: Range<Int>, of bytes: Span<UInt8>) -> Int? {
        guard (1...18).contains(digits.count) else { return nil }
        var value = 0
        for index in digits {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }
}

extension Span<UInt8> {
    /// Whether a name, given in lower case, is at a place in any case.
    fileprivate func hasName(_ name: StaticString, at position: Int) -> Bool {
        guard position + name.utf8CodeUnitCount <= count else { return false }
        return name.withUTF8Buffer { name in
            for index in name.indices where name[index] != Self.lowercased(self[position + index]) { return false }
            return true
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
