// A server's clock to the nanosecond: two messages of one sequence are told apart by when they were stored.

internal import EventLog

/// Nanoseconds since 1970, as a server has them.
package struct ServerTime: Sendable, Hashable, Comparable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// To the millisecond.
    var wallTime: WallTime { WallTime(milliseconds: nanoseconds / 1_000_000) }

    package static func < (left: ServerTime, right: ServerTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Reads a time as the server writes it: `2026-11-27T19:25:33.123456789Z` (RFC 3339, UTC, up to nine digits behind
    /// the point).
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), bytes[4] == UInt8(ascii: "-"),
            bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"),
            let date = Self.numbers(in: bytes, at: [0..<4, 5..<7, 8..<10]), (1...12).contains(date[1]),
            let clock = Self.numbers(in: bytes, at: [11..<13, 14..<16, 17..<19]),
            let fraction = Self.fraction(bytes[19..<(bytes.count - 1)])
        else { return nil }
        let days = Self.days(date[0], date[1], date[2])
        let seconds = ((days * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
        let (whole, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLate) = whole.addingReportingOverflow(fraction)
        guard !isTooFar, !isTooLate else { return nil }
        nanoseconds = sum
    }

    private static func numbers(in bytes: [UInt8], at ranges: [Range<Int>]) -> [Int64]? {
        let numbers = ranges.compactMap { number(bytes[$0]) }
        return numbers.count == ranges.count ? numbers : nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// Nanoseconds of `.123`, or of nothing.
    private static func fraction(_ text: ArraySlice<UInt8>) -> Int64? {
        guard let point = text.first else { return 0 }
        let digits = text.dropFirst()
        guard point == UInt8(ascii: "."), (1...9).contains(digits.count), let number = number(digits) else {
            return nil
        }
        return (digits.count..<9).reduce(number) { value, _ in value * 10 }
    }

    /// Days since 1970 of a day of the proleptic Gregorian calendar, the turned form of ``WallTime/civil(_:)``.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted - (shifted < 0 ? 399 : 0)) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
