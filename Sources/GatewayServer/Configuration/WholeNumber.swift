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
