// What is published, and the log that keeps it.

extension MetricTable {
    static let publishing = Section(
        title: "Publishing",
        rows: [
            MetricRow(
                "sluice_events_total", .counter, [("audience", "`user`, `topic`, `everyone`")],
                "Events put in the event log, by audience."),
            MetricRow(
                "sluice_log_failures_total", .counter, [("reason", "the problem's code, such as `log-full`")],
                "Publishes that the event log did not take, by reason."),
            MetricRow("sluice_publish_keys", .gauge, "Idempotency-Keys that are known."),
            MetricRow("sluice_publish_key_bytes", .gauge, "Bytes that the known Idempotency-Keys are counted as."),
            MetricRow(
                "sluice_publish_keys_evicted_total", .counter,
                "Idempotency-Keys forgotten early, because there were too many."),
        ])

    static let log = Section(
        title: "The event log",
        rows: [
            MetricRow("sluice_log_available", .gauge, "Whether the event log takes events: 1 or 0."),
            MetricRow("sluice_log_current", .gauge, "Whether the gateway is in contact with its event log: 1 or 0."),
            MetricRow(
                "sluice_log_state_available", .gauge,
                "Whether users can be revoked and signed out: 1 or 0. 0 while a cluster's stream for that is missing."),
            MetricRow("sluice_log_events", .gauge, "Events held for replay."),
            MetricRow("sluice_log_bytes", .gauge, "Bytes of the events held for replay, bookkeeping included."),
            MetricRow(
                "sluice_log_oldest_event_timestamp_seconds", .gauge,
                "When the oldest event held was appended, or a message on JetStream before it, in seconds since 1970.",
                when: "while there is one"),
            MetricRow(
                "sluice_log_dropped_events_total", .counter,
                "Events that left the event log, because it holds so many, so much, or for so long."),
            MetricRow("sluice_log_wal_bytes", .gauge, "Bytes of the journal beside the event log's file."),
            MetricRow(
                "sluice_log_wal_held_seconds", .gauge,
                "For how long another program that reads the event log has kept its journal from beginning anew."),
            MetricRow("sluice_log_read_retries_total", .counter, "Failed reads of past events that were tried again."),
            MetricRow("sluice_revocations", .gauge, "Revocations of tokens that are in force."),
            MetricRow("sluice_revocation_bytes", .gauge, "Bytes that the revocations in force are counted as."),
            MetricRow(
                "sluice_kept_sessions", .gauge, "Sessions kept by the gateway, because their tokens fit no cookie."),
            MetricRow("sluice_kept_session_bytes", .gauge, "Bytes that the kept sessions are counted as."),
        ])

    static let cluster = Section(
        title: "A shared log",
        rows: [
            MetricRow("sluice_nats_connected", .gauge, "Whether there is a connection to a server of NATS: 1 or 0."),
            MetricRow("sluice_nats_connections_lost_total", .counter, "Connections to servers of NATS that were lost."),
            MetricRow(
                "sluice_nats_monitors", .gauge, [("state", "`answered`, `unanswered`")],
                "Monitoring endpoints of NATS, by whether they have answered."),
            MetricRow(
                "sluice_log_durability", .gauge, [("verified", "`full`, `replicated`, `single`")],
                "What an acknowledged event is worth, as verified: 1 at one of them."),
            MetricRow(
                "sluice_cluster_nodes", .gauge,
                "Gateways that share the event log and are heard, this one included."),
            MetricRow(
                "sluice_cluster_node_info", .gauge, [("node", "16 digits")],
                "What this gateway is called where streams are listed with their `node`: always 1."),
            MetricRow("sluice_cluster_overtaken", .gauge, "Whether this gateway lags behind another one: 1 or 0."),
            MetricRow(
                "sluice_cluster_presence_bytes", .gauge, "What is kept of the streams of other gateways, in bytes."),
            MetricRow(
                "sluice_cluster_presence_limit_bytes", .gauge,
                "Bytes that may be kept of the streams of other gateways (log.jetstream.presence_bytes)."),
            MetricRow(
                "sluice_log_window_bytes", .gauge, "Bytes of the newest events, which this gateway has in memory."),
            MetricRow(
                "sluice_log_window_limit_bytes", .gauge,
                "Bytes of the newest events that it may have in memory (log.jetstream.window_bytes)."),
        ].map { MetricRow($0.name, $0.type, $0.labels, $0.help, when: "with `log.kind: jetstream`") })
}
