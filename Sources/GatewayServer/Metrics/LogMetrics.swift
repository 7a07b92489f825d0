// The metrics of the event log's health. How much it holds is counted with the gateway's own.

internal import EventLog

/// Whether events can be published, and how often they could not.
struct LogMetrics: Sendable {
    /// `sluice_log_available`: 1 while events can be appended, 0 while they can't.
    let available: PrometheusGauge
    /// `sluice_log_current`: 1 while the gateway has what the log keeps its events in, 0 while it is cut off.
    let current: PrometheusGauge
    /// `sluice_log_failures_total`, by `reason`: publishes that were answered 503, by the problem's code.
    let failures: LabelledCounter
    /// `sluice_log_wal_bytes`: the journal beside the log's file.
    let journalBytes: PrometheusGauge

    init(registry: PrometheusRegistry) {
        registry.describe("sluice_log_available", "Whether the event log takes events: 1 or 0.")
        registry.describe("sluice_log_failures_total", "Publishes that the event log did not take, by reason.")
        registry.describe("sluice_log_wal_bytes", "Bytes of the journal beside the event log's file.")
        registry.describe("sluice_log_current", "Whether the gateway is in contact with its event log: 1 or 0.")
        current = registry.gauge("sluice_log_current")
        available = registry.gauge("sluice_log_available")
        failures = LabelledCounter("sluice_log_failures_total", "reason", Self.reasons.map(\.name), registry)
        journalBytes = registry.gauge("sluice_log_wal_bytes")
    }

    private static let reasons: [EventLogError.Code] = [.unavailable, .full, .busy, .readOnly, .moved, .closed]
}
