// One metric in the registry: its time series by label set, and their bound. The registry's lock guards it.

/// A handler that can be shown.
protocol TimeSeries: AnyObject, Sendable {
    static var type: MetricType { get }
    var lines: [MetricLine] { get }
}

/// A line of a time series.
struct MetricLine {
    /// Of the metric's name.
    var suffix = ""
    /// A label beside the series' own.
    var extra: LabelSet.Label?
    let value: Double

    init(suffix: String = "", extra: LabelSet.Label? = nil, _ value: Double) {
        (self.suffix, self.extra, self.value) = (suffix, extra, value)
    }
}

extension PrometheusCounter: TimeSeries {
    static var type: MetricType { .counter }
    var lines: [MetricLine] { [MetricLine(Double(value))] }
}

extension PrometheusFloatingPointCounter: TimeSeries {
    static var type: MetricType { .counter }
    var lines: [MetricLine] { [MetricLine(value)] }
}

extension PrometheusGauge: TimeSeries {
    static var type: MetricType { .gauge }
    var lines: [MetricLine] { [MetricLine(value)] }
}

extension PrometheusSummary: TimeSeries {
    static var type: MetricType { .summary }
    var lines: [MetricLine] { [MetricLine(suffix: "_count", Double(count)), MetricLine(suffix: "_sum", sum)] }
}

/// The time series of one name.
struct Metric: Sendable {
    var help: String?
    private var type: MetricType?
    private var series: [LabelSet: any TimeSeries] = [:]

    /// The time series with these labels, made if there is none yet; beyond the limit, the one for all others.
    mutating func series<Handler: TimeSeries>(_ labels: LabelSet, limit: Int, _ make: () -> Handler) -> Handler {
        guard type == nil || type == Handler.type else { return make() }
        type = Handler.type
        let isNew = series[labels] == nil
        let bounded = isNew && series.count >= limit && !labels.labels.isEmpty ? labels.other : labels
        if let existing = series[bounded] { return existing as? Handler ?? make() }
        let made = make()
        series[bounded] = made
        return made
    }

    /// Forgets a time series, but not the one that stands for several.
    mutating func remove(_ handler: AnyObject) {
        guard let labels = series.first(where: { $0.value === handler })?.key else { return }
        guard labels.labels.isEmpty || labels != labels.other else { return }
        series[labels] = nil
        if series.isEmpty { type = nil }
    }

    /// The values as they are now; nil while there are none.
    func family(named name: String) -> MetricFamily? {
        guard let type else { return nil }
        let sorted = series.map { (labels: $0, handler: $1) }.sorted { $0.labels.text < $1.labels.text }
        let samples = sorted.flatMap { labels, handler in
            handler.lines.map { MetricFamily.Sample(suffix: $0.suffix, labels: labels.with($0.extra), value: $0.value) }
        }
        return MetricFamily(name: name, type: type, help: help, samples: samples)
    }
}
