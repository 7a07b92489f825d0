// When an answer was made (RFC 9110 §6.6.1). By it a client without a clock, and `sluice check`, see how far the two
// clocks are apart. Events of a stream carry no times.

package import EventLog
internal import Synchronization

/// The value of the `Date` field, written anew at most once a second. Shared by all connections of a listener.
package final class DateField: Sendable {
    private struct Written {
        var second = Int64.min
        var text = ""
    }

    private let clock: @Sendable () -> WallTime
    private let written = Mutex(Written())

    /// - Parameter clock: the calendar's time.
    package init(clock: @escaping @Sendable () -> WallTime) {
        self.clock = clock
    }

    /// The current second, as `Sun, 06 Nov 1994 08:49:37 GMT`.
    package var value: String {
        let milliseconds = clock().milliseconds
        let second = (milliseconds - (milliseconds < 0 ? 999 : 0)) / 1000
        return written.withLock { written in
            if written.second != second { written = Written(second: second, text: Self.text(second)) }
            return written.text
        }
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// IMF-fixdate (RFC 9110 §5.6.7), by the proleptic Gregorian calendar.
    ///
    /// - Parameter second: since 1970-01-01T00:00:00Z, which was a Thursday.
    static func text(_ second: Int64) -> String {
        let days = (second - (second < 0 ? 86_399 : 0)) / 86_400
        let time = second - days * 86_400
        let (year, month, day) = WallTime.civil(days)
        let weekday = weekdays[Int((days % 7 + 7) % 7)]
        let clock = [time / 3600, time / 60 % 60, time % 60].map(twoDigits).joined(separator: ":")
        return "\(weekday), \(twoDigits(day)) \(months[Int(month) - 1]) \(fourDigits(year)) \(clock) GMT"
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func fourDigits(_ number: Int64) -> String {
        String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
    }
}
