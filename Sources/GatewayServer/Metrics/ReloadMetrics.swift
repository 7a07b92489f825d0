// The metrics of reloads: how many there were, and since when the configuration is in force.

internal import EventLog

/// Counts reloads.
struct ReloadMetrics: Sendable {
    private let reloads: LabelledCounter
    private let lastSuccess: PrometheusGauge
    private let wasSuccessful: PrometheusGauge
    private let keyFiles: PrometheusGauge
    private let registry: PrometheusRegistry

    init(registry: PrometheusRegistry) {
        self.registry = registry
        wasSuccessful = registry.gauge("sluice_config_last_reload_successful")
        keyFiles = registry.gauge("sluice_key_file_last_success_timestamp_seconds")
        reloads = LabelledCounter("sluice_config_reloads_total", "result", ["ok", "failed"], registry)
        lastSuccess = registry.gauge("sluice_config_last_reload_success_timestamp_seconds")
    }

    /// The gateway has started: that is no reload.
    func started() {
        let now = WallTime.systemClock().milliseconds / 1000
        lastSuccess.set(now)
        keyFiles.set(now)
        wasSuccessful.set(Int64(1))
    }

    func succeeded() {
        reloads.increment("ok")
        started()
    }

    func failed() {
        reloads.increment("failed")
        wasSuccessful.set(Int64(0))
        registry.gauge("sluice_config_last_reload_failure_timestamp_seconds")
            .set(WallTime.systemClock().milliseconds / 1000)
    }
}
