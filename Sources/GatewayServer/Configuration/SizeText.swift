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
