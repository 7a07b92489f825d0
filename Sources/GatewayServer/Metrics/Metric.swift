// One metric in the registry: its time series by label set, and their bound. The registry's lock guards it.

/// A handler that can be shown.
protocol TimeSeries: AnyObject, Sendable {
    static var type: MetricType { get }
    /// Its lines: a suffix of the metric's name and a value each.
    var lines: [(suffix: String, value: Double)] { get }
}

extension PrometheusCounter: TimeSeries {
    static var type: MetricType { .counter }
    var lines: [(suffix: String, value: Double)] { [("", Double(value))] }
}

extension PrometheusFloatingPointCounter: TimeSeries {
    static var type: MetricType { .counter }
    var lines: [(suffix: String, value: Double)] { [("", value)] }
}

extension PrometheusGauge: TimeSeries {
    static var type: MetricType { .gauge }
    var lines: [(suffix: String, value: Double)] { [("", value)] }
}

extension PrometheusSummary: TimeSeries {
    static var type: MetricType { .summary }
    var lines: [(suffix: String, value: Double)] { [("_count", Double(count)), ("_sum", sum)] }
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
            handler.lines.map { MetricFamily.Sample(suffix: $0.suffix, labels: labels, value: $0.value) }
        }
        return MetricFamily(name: name, type: type, help: help, samples: samples)
    }
}
