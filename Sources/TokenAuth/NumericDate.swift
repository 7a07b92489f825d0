// A token's points in time. Not a clock: "now" is passed in.

internal import StrictJSON

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted (RFC 7519 §2).
package struct NumericDate: Sendable, Hashable, Comparable {
    /// Whole seconds.
    package let secondsSinceEpoch: Int64

    /// - Parameter secondsSinceEpoch: whole seconds.
    package init(secondsSinceEpoch: Int64) {
        self.secondsSinceEpoch = secondsSinceEpoch
    }

    /// The earlier one is less.
    package static func < (first: NumericDate, second: NumericDate) -> Bool {
        first.secondsSinceEpoch < second.secondsSinceEpoch
    }

    /// From the epoch to the end of the year 9999. A date beyond is a mistake in its unit, such as milliseconds that
    /// have been multiplied twice, and arithmetic with one inside cannot overflow.
    package static let range: ClosedRange<Int64> = 0...253_402_300_799

    /// A date as a token has it, which may have a fraction (RFC 7519 §2).
    ///
    /// - Parameters:
    ///   - number: the claim's value.
    ///   - rounding: where a fraction goes: never to the side that makes a token good for longer.
    /// - Returns: nothing when the number is out of ``range``.
    init?(_ number: JSONNumber, rounded rounding: Rounding) {
        if let seconds = try? number.int64() {
            guard Self.range.contains(seconds) else { return nil }
            self.init(secondsSinceEpoch: seconds)
        } else {
            let highest = Double(Self.range.upperBound)
            guard let seconds = try? number.double(), (0...highest).contains(seconds) else { return nil }
            let whole = Int64(seconds)
            self.init(secondsSinceEpoch: rounding == .up && Double(whole) < seconds ? whole + 1 : whole)
        }
    }

    /// Where a fraction of a second goes.
    enum Rounding { case down, up }
}
