// The metrics of reloads: how many there were, and since when the configuration is in force.

internal import EventLog

/// Counts reloads.
struct ReloadMetrics: Sendable {
    private let reloads: LabelledCounter
    private let lastSuccess: PrometheusGauge

    init(registry: PrometheusRegistry) {
        registry.describe("sluice_config_reloads_total", "Reloads of the configuration and its files, by result.")
        registry.describe(
            "sluice_config_last_reload_success_timestamp_seconds",
            "When what is in force was loaded, at the start or by a reload, in seconds since 1970.")
        reloads = LabelledCounter("sluice_config_reloads_total", "result", ["ok", "failed"], registry)
        lastSuccess = registry.gauge("sluice_config_last_reload_success_timestamp_seconds")
    }

    /// The gateway has started: that is no reload.
    func started() { lastSuccess.set(WallTime.systemClock().milliseconds / 1000) }

    func succeeded() {
        reloads.increment("ok")
        started()
    }

    func failed() { reloads.increment("failed") }
}
