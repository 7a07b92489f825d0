// What dashboards are sent each second: the plots' figures, what is wrong, and a sentence that says it all. And how it
// is made from one reading to the next.

internal import EventLog
internal import NIOCore

/// All that a dashboard shows of one moment.
struct DashboardSnapshot: Sendable {
    let point: PlotPoint
    /// What is wrong now.
    let present: [TroubleBook.Entry]
    /// What was.
    let past: [TroubleBook.Entry]
    /// The first figures in words, for the sentence on top.
    let figures: Figures

    /// What the sentence names while all is well.
    struct Figures: Sendable, Equatable {
        var streams: Double?
        var publishes: Double?
        var deliveryP99: Double?
        /// Seconds since 1970.
        var started: Double?
        var version: String?
    }
}

/// Makes snapshots from readings, and remembers what they need.
struct DashboardRecorder: Sendable {
    let plots: [DashboardPlot]
    /// The metrics that it wants to read.
    let metrics: Set<String>
    private(set) var history = PlotHistory()
    /// The newest.
    private(set) var snapshot: DashboardSnapshot?
    private var window = ReadingWindow()
    private var troubles = TroubleBook()
    private var lastKept: MetricReading?

    init(plots: [DashboardPlot] = DashboardPlot.all) {
        self.plots = plots
        metrics = Set(plots.flatMap(\.metrics) + Self.beside)
    }

    private static let beside = [
        "sluice_tls_certificate_not_after_seconds", "sluice_accept_pauses_total", "process_start_time_seconds",
        "sluice_build_info",
    ]

    /// Takes a reading of the metrics and the probes of the same moment.
    mutating func take(_ reading: MetricReading, _ probes: TroubleFinder.Probes) {
        let rates = window.add(reading)
        troubles.look(TroubleFinder(rates: rates, probes: probes).troubles, at: reading.time)
        let point = PlotPoint(time: reading.time, values: plots.map { $0.values(in: rates) })
        keep(point, reading)
        snapshot = DashboardSnapshot(
            point: point, present: troubles.present, past: Array(troubles.past), figures: Self.figures(rates))
    }

    private mutating func keep(_ point: PlotPoint, _ reading: MetricReading) {
        if let lastKept, reading.at < lastKept.at + PlotHistory.spacing { return }
        lastKept = reading
        history.add(point)
    }

    private static func figures(_ rates: SnapshotRates) -> DashboardSnapshot.Figures {
        DashboardSnapshot.Figures(
            streams: rates.figure(.value, of: MetricSelection("sluice_streams")),
            publishes: rates.figure(.rate, of: MetricSelection("sluice_events_total")),
            deliveryP99: rates.figure(.quantile(0.99), of: MetricSelection("sluice_delivery_seconds")),
            started: rates.figure(.value, of: MetricSelection("process_start_time_seconds")),
            version: rates.now.values(of: MetricSelection("sluice_build_info"), by: "version").keys.first)
    }
}
