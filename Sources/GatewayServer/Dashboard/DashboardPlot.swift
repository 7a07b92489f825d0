// What a plot of the dashboard shows, as a value: lines with a name each, and what they are made from.

/// A plot, and how to make its figures from the metrics.
struct DashboardPlot: Sendable {
    /// How a number is written, and where its axis begins.
    enum Unit: String, Sendable {
        case count, bytes, seconds
        case perSecond = "per-second"
        case bytesPerSecond = "bytes-per-second"
        /// Processor cores.
        case cores
    }

    enum Scale: String, Sendable {
        case linear
        /// For times: a thousandth of a second and ten of them are both of interest.
        case logarithmic
    }

    /// One line, always there.
    struct Line: Sendable {
        let name: String
        let figure: Figure
        let selection: MetricSelection
        /// Whether it is what the others must not reach.
        var isLimit = false

        init(_ name: String, _ figure: Figure, _ metric: String, _ label: (String, String)? = nil) {
            self.name = name
            self.figure = figure
            selection = MetricSelection(metric, label.map { (name: $0.0, value: $0.1) })
        }

        /// The same as a limit.
        var asLimit: Line {
            var line = self
            line.isLimit = true
            return line
        }
    }

    enum Lines: Sendable {
        case fixed([Line])
        /// A line for each value of a label; the largest ones only.
        case each(Figure, MetricSelection, label: String, prefix: String)
    }

    /// What it holds at one moment.
    enum Values: Sendable, Equatable {
        /// In the order of the lines; nil where there is no figure.
        case fixed([Double?])
        /// By line.
        case each([String: Double])

        /// Whether there is nothing to draw.
        var isEmpty: Bool {
            switch self {
            case .fixed(let values): values.allSatisfy { $0 == nil }
            case .each(let values): values.isEmpty
            }
        }
    }

    /// How many lines of one moment are kept of a plot by label.
    static let mostLines = 6

    let id: String
    let title: String
    let unit: Unit
    var scale = Scale.linear
    let lines: Lines

    /// The metrics that it needs.
    var metrics: [String] {
        switch lines {
        case .fixed(let lines): lines.map(\.selection.metric)
        case .each(_, let selection, _, _): [selection.metric]
        }
    }

    /// Its figures of a moment.
    func values(in rates: SnapshotRates) -> Values {
        switch lines {
        case .fixed(let lines): return .fixed(lines.map { rates.figure($0.figure, of: $0.selection) })
        case .each(let figure, let selection, let label, let prefix):
            let all = rates.figures(figure, of: selection, by: label).filter { $0.value > 0 }
            let largest = all.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.mostLines)
            return .each(Dictionary(uniqueKeysWithValues: largest.map { (prefix + $0.key, $0.value) }))
        }
    }
}
