// Names that Prometheus takes: letters, digits, underscores, and in a metric's name colons. Libraries that use
// swift-metrics like dots and dashes.

enum MetricName {
    /// The name of a metric, other characters replaced by `_`.
    static func metric(_ name: String) -> String { safe(name) { $0 == ":" } }

    /// The name of a label, other characters replaced by `_`.
    static func label(_ name: String) -> String { safe(name) { _ in false } }

    private static func safe(_ name: String, _ isAlsoAllowed: (Unicode.Scalar) -> Bool) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit, safe.isEmpty { safe.append("_") }
            safe.append(isLetter || isDigit || isAlsoAllowed(scalar) ? scalar : "_")
        }
        return safe.isEmpty ? "_" : String(safe)
    }
}
