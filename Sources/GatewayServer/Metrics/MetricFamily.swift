// One metric: its name, type and help, and its time series. As text it is a block of the exposition (Prometheus text
// format 0.0.4).

/// What kind of number a metric is.
enum MetricType: String, Sendable {
    case counter, gauge, histogram, summary
}

/// A metric with the values that it had at one moment.
package struct MetricFamily: Sendable {
    /// The value of one time series.
    struct Sample: Sendable {
        var suffix = ""
        var labels = LabelSet([])
        var value: Double
    }

    let name: String
    let type: MetricType
    var help: String?
    var samples: [Sample]

    /// Writes the block: `# HELP`, `# TYPE`, a line per time series.
    func write(to text: inout String) {
        if let help {
            text += "# HELP \(name) \(Self.escape(help))\n"
        }
        text += "# TYPE \(name) \(type.rawValue)\n"
        for sample in samples {
            text += "\(name)\(sample.suffix)\(sample.labels.text) \(Self.number(sample.value))\n"
        }
    }

    /// Backslash and line feed are escaped in help.
    private static func escape(_ help: String) -> String {
        help.unicodeScalars.map { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : String($0) }.joined()
    }

    /// Whole numbers without a fraction; infinities as Go writes them.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}

/// Numbers that are read when they are asked for.
package protocol MetricsCollector: Sendable {
    /// The metrics as they are now. Called at each scrape, on the thread that renders.
    func collect() -> [MetricFamily]
}

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
