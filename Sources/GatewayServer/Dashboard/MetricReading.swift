// The registry's numbers as they were at one moment, by name: what rates and quantiles are made from.

internal import EventLog
internal import NIOCore

/// One reading of the metrics.
struct MetricReading: Sendable {
    /// When, by a clock that nobody sets.
    let at: NIODeadline
    /// When, by the calendar.
    let time: WallTime
    private let families: [String: MetricFamily]

    /// - Parameter names: the metrics to keep; the others are of no use here.
    init(_ families: [MetricFamily], keeping names: Set<String>, at: NIODeadline, time: WallTime) {
        self.at = at
        self.time = time
        self.families = Dictionary(
            families.filter { names.contains($0.name) }.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The sum over the time series that match; nil if there is none.
    func value(of selection: MetricSelection) -> Double? {
        let samples = samples(of: selection, suffix: "")
        return samples.isEmpty ? nil : samples.reduce(0) { $0 + $1.value }
    }

    /// The same for each value of a label.
    func values(of selection: MetricSelection, by label: String) -> [String: Double] {
        samples(of: selection, suffix: "").reduce(into: [:]) { sums, sample in
            if let name = sample.labels[label] { sums[name, default: 0] += sample.value }
        }
    }

    /// The buckets of the histograms that match, added up; nil if there is none.
    func histogram(of selection: MetricSelection) -> HistogramQuantiles? {
        Self.histogram(samples(of: selection, suffix: "_bucket"))
    }

    /// The histograms that match, by a label's value.
    func histograms(of selection: MetricSelection, by label: String) -> [String: HistogramQuantiles] {
        let samples = samples(of: selection, suffix: "_bucket")
        return Dictionary(grouping: samples) { $0.labels[label] ?? "" }.compactMapValues(Self.histogram)
    }

    private static func histogram(_ samples: [MetricFamily.Sample]) -> HistogramQuantiles? {
        guard !samples.isEmpty else { return nil }
        return HistogramQuantiles(
            samples.compactMap { sample in bound(sample.labels["le"]).map { (bound: $0, count: sample.value) } })
    }

    private static func bound(_ text: String?) -> Double? { text == "+Inf" ? .infinity : text.flatMap(Double.init) }

    private func samples(of selection: MetricSelection, suffix: String) -> [MetricFamily.Sample] {
        (families[selection.metric]?.samples ?? []).filter { sample in
            guard sample.suffix == suffix else { return false }
            return selection.label.map { sample.labels[$0.name] == $0.value } ?? true
        }
    }
}

/// Some time series of a metric.
struct MetricSelection: Sendable, Equatable {
    let metric: String
    /// Only those with this label; all without it.
    var label: LabelSet.Label?

    init(_ metric: String, _ label: (name: String, value: String)? = nil) {
        self.metric = metric
        self.label = label.map { LabelSet.Label(name: $0.name, value: $0.value) }
    }
}

extension LabelSet {
    /// A label's value.
    subscript(_ name: String) -> String? { labels.first { $0.name == name }?.value }
}
