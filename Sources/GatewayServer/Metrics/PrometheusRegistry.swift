// All metrics of the process, as Prometheus scrapes them. Making or finding a time series takes a lock; counting takes
// none. It opens no port: the admin listener asks it for its text.

internal import EventLog
package import Metrics
internal import Synchronization

/// The metrics of the process; also a backend for libraries that use swift-metrics.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    /// How many label sets a metric has by default before further ones are counted as `other`.
    static let defaultLabelSets = 100

    private let labelSets: Int
    private let collectors: [any MetricsCollector]
    private let metrics = Mutex<[String: Metric]>([:])

    /// Creates a registry without metrics but those of its collectors.
    ///
    /// - Parameters:
    ///   - labelSets: how many label sets one metric may have; all further ones share the values `other`, so that no
    ///     peer can make the exposition grow.
    ///   - collectors: what is read at each scrape.
    package init(
        labelSets: Int = PrometheusRegistry.defaultLabelSets, collectors: [any MetricsCollector] = [ProcessMetrics()]
    ) {
        self.labelSets = labelSets
        self.collectors = collectors
    }

    /// Every metric in the text format 0.0.4, in the order of names: what `GET /metrics` answers as
    /// `text/plain; version=0.0.4; charset=utf-8`.
    func render() -> String {
        var text = ""
        for family in families().sorted(by: { $0.name < $1.name }) { family.write(to: &text) }
        return text
    }

    /// Every metric with its values of now, in no order.
    func families() -> [MetricFamily] {
        let own = metrics.withLock { metrics in metrics.map { ($0, $1) } }.compactMap { $1.family(named: $0) }
        return own + collectors.flatMap { $0.collect() }
    }

    /// Says what a metric means; shown as `# HELP`.
    ///
    /// - Parameters:
    ///   - name: the metric's name.
    ///   - help: one line, with the unit.
    func describe(_ name: String, _ help: String) {
        metrics.withLock { $0[MetricName.metric(name), default: Metric()].help = help }
    }

    /// Says what metrics mean.
    func describe(_ rows: [MetricRow]) { for row in rows { describe(row.name, row.help) } }

    /// The counter with a name and labels, made if there is none yet.
    func counter(_ name: String, _ dimensions: [(String, String)] = []) -> PrometheusCounter {
        series(name, dimensions, PrometheusCounter.init)
    }

    /// The gauge with a name and labels, made if there is none yet.
    func gauge(_ name: String, _ dimensions: [(String, String)] = []) -> PrometheusGauge {
        series(name, dimensions, PrometheusGauge.init)
    }

    /// Shows what histograms have recorded together, under a name and labels.
    func histogram(_ name: String, _ dimensions: [(String, String)] = [], of parts: [LatencyHistogram]) {
        _ = series(name, dimensions) { PrometheusHistogram(parts) }
    }

    /// Makes this the registry of libraries that use swift-metrics. Once per process.
    package func serveLibraries() { MetricsSystem.bootstrap(self) }

    /// Finds or makes a time series. A metric that has another type already cannot get one: what it counts is then
    /// shown nowhere, because the exposition would be refused as a whole.
    private func series<Handler: TimeSeries>(
        _ name: String, _ dimensions: [(String, String)], _ make: () -> Handler
    ) -> Handler {
        let labels = LabelSet(dimensions)
        return metrics.withLock { metrics in
            metrics[MetricName.metric(name), default: Metric()].series(labels, limit: labelSets, make)
        }
    }

    private func remove(_ handler: AnyObject) {
        metrics.withLock { metrics in
            for name in metrics.keys { metrics[name]?.remove(handler) }
        }
    }
}

// MARK: - swift-metrics

extension PrometheusRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, PrometheusFloatingPointCounter.init)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? series(label, dimensions, PrometheusSummary.init) : gauge(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, PrometheusSummary.init)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }
}
