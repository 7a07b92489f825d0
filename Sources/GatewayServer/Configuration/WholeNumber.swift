// Whole numbers as operators write them: decimal digits, nothing else. `Int`'s own parser would take `+8443` and, as
// YAML would, other bases; a reader of the file should not have to know them.

enum WholeNumber {
    /// Parses decimal digits.
    ///
    /// - Parameters:
    ///   - text: what the operator wrote.
    ///   - range: the values that are allowed.
    /// - Throws: `SettingValueError` for anything else.
    static func parse(_ text: String, in range: ClosedRange<Int>) throws(SettingValueError) -> Int {
        let remedy = "write a number from \(range.lowerBound) to \(range.upperBound)"
        let digits = text.first == "-" ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw SettingValueError(problem: "is not a whole number", remedy: remedy)
        }
        guard let number = Int(text), range.contains(number) else {
            throw SettingValueError(problem: "is out of range", remedy: remedy)
        }
        return number
    }
}

/// A number and the unit behind it, still as text: `15s` is `15` and `s`.
struct NumberWithUnit {
    let number: Substring
    let unit: Substring

    /// - Parameter text: what the operator wrote; a space before the unit is allowed.
    /// - Returns: nil if it does not begin with a decimal digit.
    init?(_ text: String) {
        number = text.prefix { $0.isASCII && $0.isNumber }
        guard !number.isEmpty else { return nil }
        unit = text[number.endIndex...].drop { $0 == " " }
    }
}

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

// Sizes as operators write them: a whole number of bytes, or of a power of 1024 by its IEC name. `KB` and `K` are
// refused: half of the programs mean 1000 by it.

package enum SizeText {
    private static let units: [(name: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// Parses `65536`, `64KiB`, `1MiB` or `2GiB`.
    ///
    /// - Parameters:
    ///   - text: what the operator wrote.
    ///   - range: the sizes that are allowed, in bytes.
    /// - Throws: `SettingValueError` for anything else.
    package static func parse(_ text: String, in range: ClosedRange<Int>) throws(SettingValueError) -> Int {
        let remedy =
            "write a size from \(format(range.lowerBound)) to \(format(range.upperBound)), in bytes or with KiB, MiB or GiB"
        guard let parts = NumberWithUnit(text) else {
            throw SettingValueError(problem: "is not a size", remedy: remedy)
        }
        guard let unit = units.first(where: { $0.name == (parts.unit.isEmpty ? "B" : parts.unit) }) else {
            throw SettingValueError(problem: "is not a whole number and a unit of size", remedy: remedy)
        }
        // A number too large for Int is larger than every range.
        let product = Int(parts.number)?.multipliedReportingOverflow(by: unit.bytes)
        guard let product, !product.overflow, range.contains(product.partialValue) else {
            throw SettingValueError(problem: "is out of range", remedy: remedy)
        }
        return product.partialValue
    }

    /// Writes a number of bytes with the largest unit that needs no fraction.
    static func format(_ bytes: Int) -> String {
        for unit in units.reversed() where unit.bytes > 1 && bytes != 0 && bytes.isMultiple(of: unit.bytes) {
            return "\(bytes / unit.bytes)\(unit.name)"
        }
        return "\(bytes)"
    }
}
