import ArgumentParser

/// A length of time as people write it on a command line: a whole number and a unit, `30s`, `5m`, `1h`, `2d`.
///
/// The unit is required: a bare number has been read as minutes by someone, somewhere.
struct DurationArgument: ExpressibleByArgument, Equatable, CustomStringConvertible {
    /// The whole length in seconds, at least 1.
    let seconds: Int64

    /// Ten years: longer is a typing error.
    private static let maximumSeconds: Int64 = 3650 * 86_400
    private static let units: [(name: Character, seconds: Int64)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]

    init?(argument: String) {
        guard let unit = Self.units.first(where: { $0.name == argument.last }) else { return nil }
        let digits = argument.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(digits) else {
            return nil
        }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit.seconds)
        guard !overflow, (1...Self.maximumSeconds).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    /// Reads an option's value.
    ///
    /// - Throws: `ValidationError` that says how a time is written.
    @Sendable static func parse(_ text: String) throws -> DurationArgument {
        if let argument = DurationArgument(argument: text) { return argument }
        let isNumber = !text.isEmpty && text.utf8.count < 10 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let example = isNumber ? "\(text)s for seconds, \(text)m for minutes" : "30s, 5m, 1h or 2d"
        throw ValidationError("write a time with its unit, as \(example)")
    }

    init(seconds: Int64) {
        self.seconds = seconds
    }

    var duration: Duration { .seconds(seconds) }

    /// The length in the largest unit that divides it.
    var description: String {
        let unit = Self.units.first { seconds.isMultiple(of: $0.seconds) } ?? ("s", 1)
        return "\(seconds / unit.seconds)\(unit.name)"
    }

    var defaultValueDescription: String { description }
}
