// What events and their streams do.

extension MetricTable {
    static let latencies = Section(
        title: "How long things take",
        rows: [
            MetricRow(
                "sluice_delivery_seconds", .histogram,
                "From a publisher's accepted request to the sockets of live streams with room, once per stream."),
            MetricRow(
                "sluice_publish_seconds", .histogram,
                "From a publish request's whole body to its answer, where the log was asked."),
            MetricRow(
                "sluice_log_append_seconds", .histogram,
                "How long the event log takes to append what one request publishes."),
            MetricRow(
                "sluice_log_sync_seconds", .histogram,
                "How long commits of the event log's file take, their syncs included."),
            MetricRow(
                "sluice_handshake_seconds", .histogram, [("kind", "`full`, `resumed`")],
                "From a connection's beginning to its completed TLS handshake."),
            MetricRow(
                "sluice_loop_lag_seconds", .histogram, [("loop", "the event loop's number")],
                "How late the event loops run what is due."),
            MetricRow(
                "sluice_canary_seconds", .gauge, [("loop", "the event loop's number")],
                "Age of the newest note that came through the event log to an event loop's own stream.",
                when: "while `canary.interval` is above 0 and that stream is open"),
        ])

    static let streams = Section(
        title: "Streams",
        rows: [
            MetricRow("sluice_streams", .gauge, "Open event streams."),
            MetricRow(
                "sluice_http_streams", .gauge, [("version", "`1.1`, `2`")], "Open event streams by version of HTTP."),
            MetricRow("sluice_streams_opened_total", .counter, "Event streams opened."),
            MetricRow(
                "sluice_streams_closed_total", .counter, [("reason", "why it ended, such as `client-closed`")],
                "Event streams ended, by reason."),
            MetricRow("sluice_streams_behind", .gauge, "Streams that read the log because they missed something."),
            MetricRow("sluice_streams_fell_behind_total", .counter, "Live streams whose buffer was full."),
            MetricRow(
                "sluice_streams_delayed", .gauge,
                "Streams that were told that the gateway is cut off from its event log."),
            MetricRow(
                "sluice_gaps_total", .counter, [("reason", "`retention`, `epoch`, `future`, `malformed`")],
                "Streams that were told that they miss something, by reason."),
            MetricRow("sluice_deliveries_total", .counter, "Events handed to streams, once per stream."),
            MetricRow(
                "sluice_stream_buffer_bytes", .gauge,
                "Bytes of events that wait for streams whose sockets take nothing."),
            MetricRow("sluice_presence_topics", .gauge, "Topics of presence.topics with somebody in them."),
            MetricRow("sluice_presence_bytes", .gauge, "Bytes of who is in these topics."),
            MetricRow(
                "sluice_presence_uncounted_streams", .gauge,
                "Streams that are not counted, because presence.bytes is used up."),
            MetricRow("sluice_presence_events_total", .counter, "Events sluice.presence written, once per stream."),
        ])
}

extension MetricRow {
    /// A metric without labels.
    init(_ name: String, _ type: MetricType, _ help: String, when condition: String? = nil) {
        self.init(name, type, [], help, when: condition)
    }
}
