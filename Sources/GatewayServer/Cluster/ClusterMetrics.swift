// What an operator can see of the cluster.

/// The metrics of a gateway that shares its log with others.
struct ClusterMetrics: Sendable {
    /// `sluice_nats_connected`: 1 while there is a connection to a server of NATS.
    let connected: PrometheusGauge
    /// `sluice_nats_connections_lost_total`.
    let connectionsLost: PrometheusCounter
    /// `sluice_nats_monitors`: the monitoring endpoints that have answered, and that have not.
    let monitors: (answered: PrometheusGauge, unanswered: PrometheusGauge)
    /// `sluice_cluster_nodes`: the gateways of the cluster that are heard, this one included.
    let nodes: PrometheusGauge
    /// `sluice_cluster_overtaken`: 1 while this gateway lags and another does not.
    let overtaken: PrometheusGauge
    /// `sluice_cluster_presence_bytes`: what is kept of other gateways' users and topics.
    let presenceBytes: PrometheusGauge
    /// `sluice_log_window_bytes`: what this gateway has of the newest events.
    let windowBytes: PrometheusGauge
    private let limits: (presence: PrometheusGauge, window: PrometheusGauge)
    private let durability: [String: PrometheusGauge]
    private let registry: PrometheusRegistry

    init(registry: PrometheusRegistry) {
        self.registry = registry
        connected = registry.gauge("sluice_nats_connected")
        connectionsLost = registry.counter("sluice_nats_connections_lost_total")
        monitors = (
            registry.gauge("sluice_nats_monitors", [("state", "answered")]),
            registry.gauge("sluice_nats_monitors", [("state", "unanswered")])
        )
        presenceBytes = registry.gauge("sluice_cluster_presence_bytes")
        windowBytes = registry.gauge("sluice_log_window_bytes")
        limits = (
            registry.gauge("sluice_cluster_presence_limit_bytes"), registry.gauge("sluice_log_window_limit_bytes")
        )
        nodes = registry.gauge("sluice_cluster_nodes")
        overtaken = registry.gauge("sluice_cluster_overtaken")
        durability = Dictionary(
            uniqueKeysWithValues: DurabilityStanding.words.map {
                ($0, registry.gauge("sluice_log_durability", [("verified", $0)]))
            })
    }

    /// - Parameter node: the digits that this gateway's streams are listed with.
    func show(node: String) { registry.gauge("sluice_cluster_node_info", [("node", node)]).set(Int64(1)) }

    /// What may be held, which nothing changes while the gateway runs.
    func show(limitsOf settings: GatewayConfiguration.JetStream) {
        limits.presence.set(Int64(settings.presenceBytes))
        limits.window.set(Int64(settings.windowBytes))
    }

    func show(_ standing: DurabilityStanding) {
        for (word, gauge) in durability { gauge.set(Int64(word == standing.word ? 1 : 0)) }
    }
}
