// The gateway's own metrics. They are made once, so that counting on an event loop is an atomic add without a look-up
// by name.

/// The gateway's own metrics.
struct GatewayMetrics: Sendable {
    /// `sluice_streams`: open streams.
    let streams: PrometheusGauge
    /// `sluice_connections`, by `state`: open connections of the public listener.
    let connections: (user: PrometheusGauge, stranger: PrometheusGauge, turnedAway: PrometheusGauge)
    /// `sluice_http_streams`, by `version`: open streams over each version of HTTP.
    let streamsByVersion: (http1: PrometheusGauge, http2: PrometheusGauge)
    /// `sluice_streams_opened_total`.
    let streamsOpened: PrometheusCounter
    /// `sluice_streams_closed_total`, by `reason`.
    let streamsClosed: LabelledCounter
    /// `sluice_streams_behind`: streams that read the log instead of getting its tail.
    let streamsBehind: PrometheusGauge
    /// `sluice_streams_delayed`: streams that have been told that the gateway is cut off from its log.
    let streamsDelayed: PrometheusGauge
    /// `sluice_streams_fell_behind_total`: live streams whose buffer was full.
    let streamsFellBehind: PrometheusCounter
    /// `sluice_gaps_total`, by `reason`: streams that were told that they miss something.
    let gaps: LabelledCounter
    /// `sluice_log_events`: events held for replay.
    let logEvents: PrometheusGauge
    /// `sluice_log_bytes`: how many bytes these take up.
    let logBytes: PrometheusGauge
    /// `sluice_held_bytes`, by `party`: how much of `limits.held` is used.
    let heldBytes: (strangers: PrometheusGauge, known: PrometheusGauge)
    /// `sluice_events_total`, by `audience`: `user`, `topic`, `everyone`.
    let events: (user: PrometheusCounter, topic: PrometheusCounter, everyone: PrometheusCounter)
    /// `sluice_deliveries_total`: events handed to streams, once per stream.
    let deliveries: PrometheusCounter
    /// `sluice_refusals_total`, by `reason`: a problem's code, or `sluice.rejected`'s.
    let refusals: LabelledCounter
    /// `sluice_tls_handshakes_total`, by `result`: `completed`, or who must act on the failure.
    let tlsHandshakes: LabelledCounter
    /// `sluice_tls_resumptions_total`: completed handshakes that resumed an earlier session.
    let tlsResumptions: PrometheusCounter
    /// `sluice_accept_pauses_total`, by `listener`: the system had no descriptor or no memory for one more connection.
    let acceptPauses: LabelledCounter

    /// `sluice_log_lines_dropped_total`: lines that peers caused beyond `logging.lines`.
    let linesLeftOut: PrometheusCounter

    private let registry: PrometheusRegistry

    /// Makes the metrics.
    ///
    /// - Parameters:
    ///   - registry: shows them.
    ///   - closeReasons: the reasons for a stream's end that are known beforehand.
    ///   - gapReasons: the reasons for a gap.
    ///   - refusalReasons: the reasons for a refusal that are known beforehand.
    ///   - handshakeResults: the results of a handshake that are known beforehand.
    init(
        registry: PrometheusRegistry, closeReasons: [String] = [], gapReasons: [String] = [],
        refusalReasons: [String] = [],
        handshakeResults: [String] = ["completed", "peer", "configuration", "network", "ourselves"]
    ) {
        self.registry = registry
        registry.describe(MetricTable.rows)
        streams = registry.gauge("sluice_streams")
        let connections = { registry.gauge("sluice_connections", [("state", $0)]) }
        self.connections = (connections("user"), connections("stranger"), connections("turned-away"))
        let byVersion = { registry.gauge("sluice_http_streams", [("version", $0)]) }
        streamsByVersion = (byVersion("1.1"), byVersion("2"))
        streamsOpened = registry.counter("sluice_streams_opened_total")
        streamsClosed = LabelledCounter("sluice_streams_closed_total", "reason", closeReasons, registry)
        streamsBehind = registry.gauge("sluice_streams_behind")
        streamsDelayed = registry.gauge("sluice_streams_delayed")
        streamsFellBehind = registry.counter("sluice_streams_fell_behind_total")
        gaps = LabelledCounter("sluice_gaps_total", "reason", gapReasons, registry)
        logEvents = registry.gauge("sluice_log_events")
        logBytes = registry.gauge("sluice_log_bytes")
        heldBytes = (
            registry.gauge("sluice_held_bytes", [("party", "stranger")]),
            registry.gauge("sluice_held_bytes", [("party", "known")])
        )
        let events = { registry.counter("sluice_events_total", [("audience", $0)]) }
        self.events = (events("user"), events("topic"), events("everyone"))
        deliveries = registry.counter("sluice_deliveries_total")
        refusals = LabelledCounter("sluice_refusals_total", "reason", refusalReasons, registry)
        acceptPauses = LabelledCounter("sluice_accept_pauses_total", "listener", ["public", "admin"], registry)
        linesLeftOut = registry.counter("sluice_log_lines_dropped_total")
        tlsResumptions = registry.counter("sluice_tls_resumptions_total")
        tlsHandshakes = LabelledCounter("sluice_tls_handshakes_total", "result", handshakeResults, registry)
    }

    /// `sluice_tls_certificate_not_after_seconds`, by `certificate`: when it ends, in seconds since 1970.
    func certificateEnd(_ name: String) -> PrometheusGauge {
        registry.gauge("sluice_tls_certificate_not_after_seconds", [("certificate", name)])
    }

    /// Forgets a certificate that is no longer in use.
    func forgetCertificate(_ name: String) { registry.destroyMeter(certificateEnd(name)) }
}

/// Counters that differ in the value of one label. Those for known values are made beforehand, so that they show as 0
/// from the start, and counting them takes no lock.
struct LabelledCounter: Sendable {
    private let name: String
    private let label: String
    private let known: [String: PrometheusCounter]
    private let registry: PrometheusRegistry

    init(_ name: String, _ label: String, _ values: [String], _ registry: PrometheusRegistry) {
        self.name = name
        self.label = label
        self.registry = registry
        known = Dictionary(values.map { ($0, registry.counter(name, [(label, $0)])) }) { first, _ in first }
    }

    /// The counter of a label's value; keep it where it is counted often.
    subscript(_ value: String) -> PrometheusCounter {
        known[value] ?? registry.counter(name, [(label, value)])
    }

    /// Counts.
    ///
    /// - Parameters:
    ///   - value: the label's value.
    ///   - amount: how much.
    func increment(_ value: String, by amount: Int64 = 1) {
        self[value].increment(by: amount)
    }
}
