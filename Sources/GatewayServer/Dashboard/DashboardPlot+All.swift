// The dashboard's plots, in the order in which they stand on the page. A metric that a gateway does not have leaves its
// line out, and a plot without lines is not shown.

extension DashboardPlot {
    /// What an operator looks at, the readers' side first.
    static let all: [DashboardPlot] = readers + publishers + machine

    private static let readers: [DashboardPlot] = [
        DashboardPlot(
            id: "streams", title: "Streams", unit: .count, lines: .fixed([Line("open", .value, "sluice_streams")])),
        DashboardPlot(
            id: "deliveries", title: "Deliveries", unit: .perSecond,
            lines: .fixed([Line("deliveries", .rate, "sluice_deliveries_total")])),
        quantiles("delivery", "Publish to socket", "sluice_delivery_seconds"),
        DashboardPlot(
            id: "behind", title: "Streams that lag", unit: .count,
            lines: .fixed([
                Line("behind", .value, "sluice_streams_behind"), Line("delayed", .value, "sluice_streams_delayed"),
            ])),
        DashboardPlot(
            id: "gaps", title: "Gaps told", unit: .perSecond,
            lines: .each(.rate, MetricSelection("sluice_gaps_total"), label: "reason", prefix: "")),
        DashboardPlot(
            id: "turnover", title: "Streams opened and closed", unit: .perSecond,
            lines: .fixed([
                Line("opened", .rate, "sluice_streams_opened_total"),
                Line("closed", .rate, "sluice_streams_closed_total"),
            ])),
    ]

    private static let publishers: [DashboardPlot] = [
        DashboardPlot(
            id: "events", title: "Events published", unit: .perSecond,
            lines: .each(.rate, MetricSelection("sluice_events_total"), label: "audience", prefix: "")),
        quantiles("publish", "A publish request", "sluice_publish_seconds"),
        DashboardPlot(
            id: "append", title: "An append to the log", unit: .seconds, scale: .logarithmic,
            lines: .fixed([
                Line("p50", .quantile(0.5), "sluice_log_append_seconds"),
                Line("p99", .quantile(0.99), "sluice_log_append_seconds"),
                Line("sync p99", .quantile(0.99), "sluice_log_sync_seconds"),
            ])),
        DashboardPlot(
            id: "refusals", title: "Refusals", unit: .perSecond,
            lines: .each(.rate, MetricSelection("sluice_refusals_total"), label: "reason", prefix: "")),
        DashboardPlot(
            id: "log", title: "Event log", unit: .bytes,
            lines: .fixed([
                Line("events held", .value, "sluice_log_bytes"), Line("journal", .value, "sluice_log_wal_bytes"),
            ])),
        DashboardPlot(
            id: "failures", title: "Publishes the log did not take", unit: .perSecond,
            lines: .each(.rate, MetricSelection("sluice_log_failures_total"), label: "reason", prefix: "")),
    ]

    private static let machine: [DashboardPlot] = [
        DashboardPlot(
            id: "loops", title: "Loop lag, p99", unit: .seconds, scale: .logarithmic,
            lines: .each(
                .quantile(0.99), MetricSelection("sluice_loop_lag_seconds"), label: "loop", prefix: "loop ")),
        DashboardPlot(
            id: "canary", title: "Canary", unit: .seconds, scale: .logarithmic,
            lines: .each(.value, MetricSelection("sluice_canary_seconds"), label: "loop", prefix: "loop ")),
        DashboardPlot(
            id: "memory", title: "Memory", unit: .bytes,
            lines: .fixed([
                Line("resident", .value, "process_resident_memory_bytes"),
                Line("held for peers", .value, "sluice_held_bytes"),
                Line("budget", .value, "sluice_memory_budget_bytes").asLimit,
            ])),
        DashboardPlot(
            id: "processor", title: "Processor", unit: .cores,
            lines: .fixed([Line("cores used", .rate, "process_cpu_seconds_total")])),
        DashboardPlot(
            id: "connections", title: "Connections", unit: .count,
            lines: .fixed([
                Line("users", .value, "sluice_connections", ("state", "user")),
                Line("strangers", .value, "sluice_connections", ("state", "stranger")),
                Line("turned away", .value, "sluice_connections", ("state", "turned-away")),
            ])),
        DashboardPlot(
            id: "traffic", title: "Traffic", unit: .bytesPerSecond,
            lines: .fixed([
                Line("sent", .rate, "sluice_sent_bytes_total"), Line("received", .rate, "sluice_received_bytes_total"),
            ])),
        DashboardPlot(
            id: "handshakes", title: "TLS handshakes", unit: .perSecond,
            lines: .each(.rate, MetricSelection("sluice_tls_handshakes_total"), label: "result", prefix: "")),
        DashboardPlot(
            id: "descriptors", title: "Open files", unit: .count,
            lines: .fixed([
                Line("open", .value, "process_open_fds"), Line("limit", .value, "process_max_fds").asLimit,
            ])),
        DashboardPlot(
            id: "cluster", title: "Cluster", unit: .count,
            lines: .fixed([
                Line("gateways heard", .value, "sluice_cluster_nodes"),
                Line("connected to NATS", .value, "sluice_nats_connected"),
            ])),
    ]

    private static func quantiles(_ id: String, _ title: String, _ metric: String) -> DashboardPlot {
        DashboardPlot(
            id: id, title: title, unit: .seconds, scale: .logarithmic,
            lines: .fixed([
                Line("p50", .quantile(0.5), metric), Line("p99", .quantile(0.99), metric),
                Line("p99.9", .quantile(0.999), metric),
            ]))
    }
}
