// The metrics of the event log's health. How much it holds is counted with the gateway's own.

internal import EventLog
internal import Synchronization

/// Whether events can be published, and how often they could not.
struct LogMetrics: Sendable {
    /// `sluice_log_available`: 1 while events can be appended, 0 while they can't.
    let available: PrometheusGauge
    /// `sluice_log_state_available`: 1 while users can be revoked and signed out.
    let stateAvailable: PrometheusGauge
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

    /// `sluice_revocations`: the revocations that are in force; `sluice_revocation_bytes`: what they count for.
    let revocations: PrometheusGauge
    let revocationBytes: PrometheusGauge
    /// `sluice_kept_sessions`: the sessions that are kept because their tokens fit no cookie;
    /// `sluice_kept_session_bytes`: what they count for.
    let keptSessions: PrometheusGauge
    let keptSessionBytes: PrometheusGauge

    /// `sluice_log_dropped_events_total`: events that retention has taken out of the log.
    private let dropped: PrometheusCounter
    /// `sluice_log_read_retries_total`: failed reads of the log that were tried again.
    let readRetries: PrometheusCounter
    private let floor = SharedFloor()
    private let registry: PrometheusRegistry

    init(registry: PrometheusRegistry) {
        self.registry = registry
        dropped = registry.counter("sluice_log_dropped_events_total")
        readRetries = registry.counter("sluice_log_read_retries_total")
        current = registry.gauge("sluice_log_current")
        stateAvailable = registry.gauge("sluice_log_state_available")
        available = registry.gauge("sluice_log_available")
        failures = LabelledCounter("sluice_log_failures_total", "reason", Self.reasons.map(\.name), registry)
        journalBytes = registry.gauge("sluice_log_wal_bytes")
        journalHeldSeconds = registry.gauge("sluice_log_wal_held_seconds")
        revocations = registry.gauge("sluice_revocations")
        revocationBytes = registry.gauge("sluice_revocation_bytes")
        keptSessions = registry.gauge("sluice_kept_sessions")
        keptSessionBytes = registry.gauge("sluice_kept_session_bytes")
        publishKeys = registry.gauge("sluice_publish_keys")
        publishKeyBytes = registry.gauge("sluice_publish_key_bytes")
        publishKeysEvicted = registry.counter("sluice_publish_keys_evicted_total")
    }

    /// Reads how far the log goes back. What has left it is counted from the first call on.
    func sample(_ extent: LogExtent, oldestAt: WallTime?) {
        let gone = floor.place.withLock { floor in
            defer { floor = extent.floor }
            return floor.map { extent.floor - $0 } ?? 0
        }
        dropped.increment(by: Int64(clamping: gone))
        let oldest = registry.gauge("sluice_log_oldest_event_timestamp_seconds")
        guard let oldestAt else { return registry.destroyMeter(oldest) }
        oldest.set(Double(oldestAt.milliseconds) / 1000)
    }

    /// Reads what is only read at a scrape.
    func sample(
        _ keys: PublishKeyTally, revocations: (count: Int, byteCount: Int), sessions: (count: Int, byteCount: Int)
    ) {
        keptSessions.set(Int64(sessions.count))
        keptSessionBytes.set(Int64(sessions.byteCount))
        self.revocations.set(Int64(revocations.count))
        revocationBytes.set(Int64(revocations.byteCount))
        publishKeys.set(Int64(keys.count))
        publishKeyBytes.set(Int64(keys.byteCount))
        publishKeysEvicted.increment(by: Int64(keys.evicted) - publishKeysEvicted.value)
    }

    private static let reasons: [EventLogError.Code] = [
        .unavailable, .full, .busy, .shareFull, .readOnly, .moved, .closed,
    ]
}

/// The floor of the log at the last look, for all copies of the metrics.
private final class SharedFloor: Sendable {
    let place = Mutex<Position?>(nil)
}
