// The calendar clock, for what must hold across a restart. Deadlines within the process are `NIODeadline`s.

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct WallTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// This time plus `seconds`; the far end of the calendar where that would overflow.
    package func adding(seconds: Int64) -> WallTime {
        let (span, tooLong) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, tooLate) = milliseconds.addingReportingOverflow(span)
        return WallTime(milliseconds: tooLong || tooLate ? .max : sum)
    }

    /// As `2026-11-27T06:42:00Z` (RFC 3339), to the second.
    package var description: String {
        let second = (milliseconds - (milliseconds < 0 ? 999 : 0)) / 1000
        let days = (second - (second < 0 ? 86_399 : 0)) / 86_400
        let (date, time) = (Self.civil(days), second - days * 86_400)
        let clock = [time / 3600, time / 60 % 60, time % 60].map { Self.padded($0, to: 2) }.joined(separator: ":")
        return
            "\(Self.padded(date.year, to: 4))-\(Self.padded(date.month, to: 2))-\(Self.padded(date.day, to: 2))T\(clock)Z"
    }

    /// The same to the millisecond, as `2026-11-27T06:42:00.007Z`.
    package var precise: String {
        let rest = (milliseconds % 1000 + 1000) % 1000
        return "\(description.dropLast()).\(Self.padded(rest, to: 3))Z"
    }

    /// A day of the proleptic Gregorian calendar. Days are counted from the first of March of year 0, so that a leap
    /// day ends its year.
    package static func civil(_ daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let days = daysSince1970 + 719_468
        let era = (days - (days < 0 ? 146_096 : 0)) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.milliseconds < right.milliseconds }
}
