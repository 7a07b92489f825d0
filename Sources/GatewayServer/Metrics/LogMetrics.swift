// The metrics of the event log's health. How much it holds is counted with the gateway's own.

internal import EventLog

/// Whether events can be published, and how often they could not.
struct LogMetrics: Sendable {
    /// `sluice_log_available`: 1 while events can be appended, 0 while they can't.
    let available: PrometheusGauge
    /// `sluice_log_current`: 1 while the gateway has what the log keeps its events in, 0 while it is cut off.
    let current: PrometheusGauge
    /// `sluice_log_failures_total`, by `reason`: publishes that the log did not take, by the problem's code.
    let failures: LabelledCounter
    /// `sluice_log_wal_bytes`: the journal beside the log's file.
    let journalBytes: PrometheusGauge
    /// `sluice_log_wal_held_seconds`: for how long a reader has kept the journal from beginning anew.
    let journalHeldSeconds: PrometheusGauge
    /// `sluice_publish_keys`: the `Idempotency-Key`s that are known; `sluice_publish_key_bytes`: what they count for.
    let publishKeys: PrometheusGauge
    let publishKeyBytes: PrometheusGauge
    /// `sluice_publish_keys_evicted_total`: those that were forgotten before `publish.key_lifetime` was over.
    let publishKeysEvicted: PrometheusCounter

    /// `sluice_revocations`: the revocations that are in force.
    let revocations: PrometheusGauge
    /// `sluice_kept_sessions`: the sessions that are kept because their tokens fit no cookie;
    /// `sluice_kept_session_bytes`: what they count for.
    let keptSessions: PrometheusGauge
    let keptSessionBytes: PrometheusGauge

    init(registry: PrometheusRegistry) {
        registry.describe("sluice_log_available", "Whether the event log takes events: 1 or 0.")
        registry.describe("sluice_log_failures_total", "Publishes that the event log did not take, by reason.")
        registry.describe("sluice_log_wal_bytes", "Bytes of the journal beside the event log's file.")
        registry.describe("sluice_log_current", "Whether the gateway is in contact with its event log: 1 or 0.")
        current = registry.gauge("sluice_log_current")
        available = registry.gauge("sluice_log_available")
        failures = LabelledCounter("sluice_log_failures_total", "reason", Self.reasons.map(\.name), registry)
        journalBytes = registry.gauge("sluice_log_wal_bytes")
        registry.describe(
            "sluice_log_wal_held_seconds",
            "For how long another program that reads the event log has kept its journal from beginning anew.")
        journalHeldSeconds = registry.gauge("sluice_log_wal_held_seconds")
        registry.describe("sluice_publish_keys", "Idempotency-Keys that are known.")
        registry.describe("sluice_publish_key_bytes", "Bytes that the known Idempotency-Keys are counted as.")
        registry.describe(
            "sluice_publish_keys_evicted_total", "Idempotency-Keys forgotten early, because there were too many.")
        registry.describe("sluice_revocations", "Revocations of tokens that are in force.")
        revocations = registry.gauge("sluice_revocations")
        registry.describe("sluice_kept_sessions", "Sessions kept by the gateway, because their tokens fit no cookie.")
        registry.describe("sluice_kept_session_bytes", "Bytes that the kept sessions are counted as.")
        keptSessions = registry.gauge("sluice_kept_sessions")
        keptSessionBytes = registry.gauge("sluice_kept_session_bytes")
        publishKeys = registry.gauge("sluice_publish_keys")
        publishKeyBytes = registry.gauge("sluice_publish_key_bytes")
        publishKeysEvicted = registry.counter("sluice_publish_keys_evicted_total")
    }

    /// Reads what is only read at a scrape.
    func sample(_ keys: PublishKeyTally, revocations: Int, sessions: (count: Int, byteCount: Int)) {
        keptSessions.set(Int64(sessions.count))
        keptSessionBytes.set(Int64(sessions.byteCount))
        self.revocations.set(Int64(revocations))
        publishKeys.set(Int64(keys.count))
        publishKeyBytes.set(Int64(keys.byteCount))
        publishKeysEvicted.increment(by: Int64(keys.evicted) - publishKeysEvicted.value)
    }

    private static let reasons: [EventLogError.Code] = [
        .unavailable, .full, .busy, .shareFull, .readOnly, .moved, .closed,
    ]
}
