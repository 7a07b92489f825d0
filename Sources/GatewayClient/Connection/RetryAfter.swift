internal import NIOHTTP1

/// How long an answer asks to wait before the request is made again (RFC 9110 §10.2.3): a number of seconds, or a date.
///
/// A date is compared with the answer's own `Date`, so that nothing depends on our clock. Without a `Date` it is
/// ignored.
enum RetryAfter {
    /// A longer time is not obeyed: a typing error must not silence a client for a year.
    private static let longest: Int64 = 3600

    /// - Parameter headers: an answer's.
    /// - Returns: zero when it does not say.
    static func wait(in headers: HTTPHeaders) -> Duration {
        guard let text = headers.first(name: "Retry-After") else { return .zero }
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return wait(until: text, headers)
        }
        return .seconds(min(Int64(String(decoding: digits, as: UTF8.self)) ?? longest, longest))
    }

    private static func wait(until text: String, _ headers: HTTPHeaders) -> Duration {
        guard let now = headers.first(name: "Date").flatMap({ HTTPDate($0) }),
            let then = HTTPDate(text, now: now.seconds)
        else { return .zero }
        return .seconds(min(max(0, then.seconds - now.seconds), longest))
    }
}

// A date in a field of HTTP, in any of the three forms that a recipient has to take (RFC 9110 §5.6.7).

/// Seconds since 1970 that an HTTP date means.
struct HTTPDate: Equatable {
    let seconds: Int64

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameters:
    ///   - text: a field's value.
    ///   - now: the time that decides the century of a year with two digits: a date more than 50 years ahead is in the
    ///     past.
    init?(_ text: String, now: Int64 = 0) {
        let words = text.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ",") }
            .map { String(Substring($0)) }
        let parts: (day: String, month: String, year: String, time: String)
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT; Sunday, 06-Nov-94 08:49:37 GMT
        case 6 where words[5] == "GMT": parts = (words[1], words[2], words[3], words[4])
        // Sun Nov  6 08:49:37 1994
        case 5: parts = (words[2], words[1], words[4], words[3])
        default: return nil
        }
        guard let month = Self.months.firstIndex(of: parts.month), let day = Self.number(parts.day, 1...31),
            let year = Self.number(parts.year, 0...9999), let clock = Self.clock(parts.time)
        else { return nil }
        let full = parts.year.utf8.count == 2 ? Self.full(year, now: now) : year
        seconds = Self.days(year: full, month: month + 1, day: day) * 86_400 + clock
    }

    private static func clock(_ text: String) -> Int64? {
        let fields = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard fields.count == 3, let hour = number(fields[0], 0...23), let minute = number(fields[1], 0...59),
            let second = number(fields[2], 0...60)
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: String, _ range: ClosedRange<Int64>) -> Int64? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text) else { return nil }
        return range.contains(number) ? number : nil
    }

    private static func full(_ year: Int64, now: Int64) -> Int64 {
        let present = 1970 + now / 31_556_952
        let sameCentury = present / 100 * 100 + year
        return sameCentury > present + 50 ? sameCentury - 100 : sameCentury
    }

    /// Days since 1970 in the Gregorian calendar; years begin in March, so that a leap day is a year's last.
    private static func days(year: Int64, month: Int, day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * Int64(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
