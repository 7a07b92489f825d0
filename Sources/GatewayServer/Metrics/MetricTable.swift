// Every metric of the gateway: its name, its labels, what it means. `# HELP`, the article's tables and the tests read
// it.

/// A metric, as people read of it.
struct MetricRow: Sendable {
    let name: String
    let type: MetricType
    /// The labels' names, each with the values that it has.
    let labels: [(name: String, values: String)]
    /// What it means, in one sentence.
    let help: String
    /// When it is there, if not always.
    let condition: String?

    init(
        _ name: String, _ type: MetricType, _ labels: [(name: String, values: String)], _ help: String,
        when condition: String? = nil
    ) {
        (self.name, self.type, self.labels, self.help) = (name, type, labels, help)
        self.condition = condition
    }
}

/// All metrics, in the order of the article.
package enum MetricTable {
    /// What belongs together, under a heading.
    struct Section: Sendable {
        let title: String
        let rows: [MetricRow]
    }

    static let sections = [latencies, streams, publishing, log, connections, limits, configuration, cluster, process]

    static let rows = sections.flatMap(\.rows)
}

// As the article has it.

extension MetricTable {
    /// A table of Markdown per section.
    package static var markdown: String { sections.map(\.markdown).joined(separator: "\n\n") }
}

extension MetricTable.Section {
    fileprivate var markdown: String {
        let head = "## \(title)\n\n| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n"
        return head + rows.map(\.markdown).joined(separator: "\n")
    }
}

extension MetricRow {
    fileprivate var markdown: String {
        let labels = labels.map { "`\($0.name)`: \($0.values)" }.joined(separator: "; ")
        let meaning = help + (condition.map { " Only \($0)." } ?? "")
        return "| `\(name)` | \(type.rawValue) | \(labels.isEmpty ? "–" : labels) | \(meaning) |"
    }
}
