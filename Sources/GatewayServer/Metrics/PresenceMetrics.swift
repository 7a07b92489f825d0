// What an operator can see of presence: how much is kept for it, how much is told, and whether anybody is left out.

internal import EventHub

/// The metrics of `sluice.presence`.
struct PresenceMetrics: Sendable {
    /// `sluice_presence_events_total`: counted once per stream.
    let told: PrometheusCounter
    /// `sluice_presence_topics`: topics with somebody in them.
    private let topics: PrometheusGauge
    /// `sluice_presence_bytes`: how much of `presence.bytes` is used.
    private let bytes: PrometheusGauge
    /// `sluice_presence_uncounted_streams`: streams that there was no room for.
    private let uncounted: PrometheusGauge

    init(registry: PrometheusRegistry) {
        told = registry.counter("sluice_presence_events_total")
        topics = registry.gauge("sluice_presence_topics")
        bytes = registry.gauge("sluice_presence_bytes")
        uncounted = registry.gauge("sluice_presence_uncounted_streams")
    }

    /// Shows what there is now.
    func sample(_ tally: AttendanceTally) {
        topics.set(Int64(tally.topics))
        bytes.set(Int64(tally.bytes))
        uncounted.set(Int64(tally.uncountedStreams))
    }
}
