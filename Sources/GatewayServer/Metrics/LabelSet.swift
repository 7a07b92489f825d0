// The labels that tell one time series of a metric from the others. Names and values are made safe here, so that what
// a caller passes cannot break the exposition's lines.

/// Labels in the order of their names, each name once.
struct LabelSet: Sendable, Hashable {
    /// Sorted by name.
    let labels: [Label]

    struct Label: Sendable, Hashable {
        let name: String
        let value: String
    }

    /// - Parameter dimensions: names and values; of a name that comes twice the last value counts.
    init(_ dimensions: [(String, String)]) {
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[MetricName.label(name)] = value }
        labels = values.map { Label(name: $0, value: $1) }.sorted { $0.name < $1.name }
    }

    private init(labels: [Label]) { self.labels = labels }

    /// The same names, with the value that stands for everything beyond a metric's bound.
    var other: LabelSet {
        LabelSet(labels: labels.map { Label(name: $0.name, value: "other") })
    }

    /// The same with one more, behind the others.
    func with(_ label: Label?) -> LabelSet { label.map { LabelSet(labels: labels + [$0]) } ?? self }

    /// `{code="token-expired"}`, or nothing without labels.
    var text: String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }.joined(separator: ",") + "}"
    }

    /// Backslash, quote and line feed are escaped (Prometheus text format 0.0.4).
    private static func escape(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        return value.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(scalar)
            }
        }.joined()
    }
}
