// Times as operators write them: a whole number and its unit. No fractions, no sums (`1h30m`), no bare numbers: each of
// them is read differently by different programs.

enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Parses `500ms`, `15s`, `5m`, `1h` or `2d`.
    ///
    /// - Parameters:
    ///   - text: what the operator wrote.
    ///   - range: the times that are allowed.
    /// - Throws: `SettingValueError` for anything else.
    static func parse(_ text: String, in range: ClosedRange<Duration>) throws(SettingValueError) -> Duration {
        let remedy =
            "write a time from \(format(range.lowerBound)) to \(format(range.upperBound)), with ms, s, m, h or d"
        guard let parts = NumberWithUnit(text) else {
            throw SettingValueError(problem: "is not a time", remedy: remedy)
        }
        guard !parts.unit.isEmpty else {
            throw SettingValueError(
                problem: "has no unit", remedy: "write \(parts.number.prefix(20))s for seconds; or " + remedy)
        }
        guard let unit = units.first(where: { $0.name == parts.unit }) else {
            throw SettingValueError(problem: "is not a whole number and a unit of time", remedy: remedy)
        }
        // A number too large for Int64 milliseconds is larger than every range.
        let product = Int64(parts.number)?.multipliedReportingOverflow(by: unit.milliseconds)
        guard let product, !product.overflow, range.contains(.milliseconds(product.partialValue)) else {
            throw SettingValueError(problem: "is out of range", remedy: remedy)
        }
        return .milliseconds(product.partialValue)
    }

    /// Writes a time of whole milliseconds with the largest unit that needs no fraction.
    static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        guard milliseconds != 0 else { return "0s" }
        for unit in units.reversed() where milliseconds.isMultiple(of: unit.milliseconds) {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }
}
