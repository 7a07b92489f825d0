// Connections, limits, configuration, and the process.

extension MetricTable {
    static let connections = Section(
        title: "Connections",
        rows: [
            MetricRow(
                "sluice_connections", .gauge, [("state", "`user`, `stranger`, `turned-away`")],
                "Open connections of the public listener, by whether they have shown a good token."),
            MetricRow(
                "sluice_tls_handshakes_total", .counter,
                [("result", "`completed`, `peer`, `configuration`, `network`, `ourselves`")],
                "TLS handshakes, completed or by who must act on the failure."),
            MetricRow(
                "sluice_tls_resumptions_total", .counter,
                "Completed TLS handshakes that resumed an earlier session."),
            MetricRow(
                "sluice_tls_certificate_not_after_seconds", .gauge, [("certificate", "its file, and place in it")],
                "When a certificate in use, or one of its chain, ends, in seconds since 1970."),
            MetricRow("sluice_sent_bytes_total", .counter, "Bytes of ciphertext sent by the public listener."),
            MetricRow("sluice_received_bytes_total", .counter, "Bytes of ciphertext received by the public listener."),
            MetricRow(
                "sluice_refusals_total", .counter, [("reason", "a problem's code, such as `token-expired`")],
                "Requests and streams refused, by reason."),
            MetricRow(
                "sluice_accept_pauses_total", .counter, [("listener", "`public`, `admin`")],
                "Pauses in accepting, because the system had no descriptor or memory left."),
            MetricRow(
                "sluice_held_bytes", .gauge, [("party", "`stranger`, `known`")],
                "Bytes of bodies, untaken answers and frames, by who has them held."),
        ])

    static let limits = Section(
        title: "Limits",
        rows: [
            MetricRow("sluice_streams_limit", .gauge, "Open streams that there may be (limits.streams)."),
            MetricRow("sluice_connections_limit", .gauge, "Connections that are served (limits.connections)."),
            MetricRow(
                "sluice_stranger_connections_limit", .gauge,
                "Connections that are served before they have shown a good token (limits.strangers)."),
            MetricRow("sluice_held_limit_bytes", .gauge, "Bytes that may be held (limits.held)."),
            MetricRow(
                "sluice_stream_buffer_limit_bytes", .gauge,
                "Bytes that may wait for slow streams (stream.buffer_total)."),
            MetricRow("sluice_log_limit_bytes", .gauge, "Bytes that the log may hold (log.retention.bytes)."),
            MetricRow("sluice_log_events_limit", .gauge, "Events that the log may hold (log.retention.events)."),
            MetricRow("sluice_publish_keys_limit", .gauge, "Known Idempotency-Keys (limits.publish_keys)."),
            MetricRow(
                "sluice_publish_key_limit_bytes", .gauge,
                "Bytes that the known Idempotency-Keys may count as (limits.publish_key_bytes)."),
            MetricRow("sluice_revocations_limit", .gauge, "Revocations that may be in force (limits.revocations)."),
            MetricRow(
                "sluice_revocation_limit_bytes", .gauge,
                "Bytes that the revocations may count as (limits.revocation_bytes)."),
            MetricRow(
                "sluice_kept_session_limit_bytes", .gauge,
                "Bytes that the kept sessions may count as (session.kept_bytes)."),
            MetricRow("sluice_presence_limit_bytes", .gauge, "Bytes of who is in which topic (presence.bytes)."),
            MetricRow("sluice_explain_bytes", .gauge, "Bytes of what is remembered for sluice explain."),
            MetricRow("sluice_explain_limit_bytes", .gauge, "Bytes that may be remembered for it (explain.bytes)."),
            MetricRow(
                "sluice_memory_budget_bytes", .gauge,
                "Bytes that the process may take up, with everything at its limit."),
        ])

    static let configuration = Section(
        title: "Configuration, keys, logs",
        rows: [
            MetricRow("sluice_build_info", .gauge, [("version", "the program's")], "The program's version: always 1."),
            MetricRow(
                "sluice_config_reloads_total", .counter, [("result", "`ok`, `failed`")],
                "Reloads of the configuration and its files, by result."),
            MetricRow(
                "sluice_config_last_reload_successful", .gauge, "Whether the last reload went well: 1 or 0."),
            MetricRow(
                "sluice_config_last_reload_success_timestamp_seconds", .gauge,
                "When what is in force was loaded, at the start or by a reload, in seconds since 1970."),
            MetricRow(
                "sluice_config_last_reload_failure_timestamp_seconds", .gauge,
                "When a reload last failed, in seconds since 1970.", when: "since one has failed"),
            MetricRow(
                "sluice_key_file_last_success_timestamp_seconds", .gauge,
                "When the keys in files were last read, in seconds since 1970."),
            MetricRow(
                "sluice_key_fetches_total", .counter,
                [("issuer", "as configured"), ("result", "`ok`, or why it failed")],
                "Fetches of issuers' keys, by issuer and result.", when: "with `auth.issuers`"),
            MetricRow(
                "sluice_key_fetch_last_success_timestamp_seconds", .gauge, [("issuer", "as configured")],
                "When an issuer's keys were last fetched, in seconds since 1970.", when: "with `auth.issuers`"),
            MetricRow(
                "sluice_issuer_keys", .gauge, [("issuer", "as configured"), ("state", "`known`, `skipped`")],
                "Keys of an issuer's set, by whether they are of use here.", when: "with `auth.issuers`"),
            MetricRow(
                "sluice_log_lines_dropped_total", .counter,
                "Lines that the operator's log left out, beyond logging.lines a reason."),
            MetricRow("sluice_clock_timestamp_seconds", .gauge, "The gateway's time, in seconds since 1970."),
        ])

    static let process = Section(
        title: "The process",
        rows: [
            MetricRow("process_resident_memory_bytes", .gauge, "Resident memory in bytes."),
            MetricRow("process_open_fds", .gauge, "Open file descriptors."),
            MetricRow("process_max_fds", .gauge, "Maximum number of open file descriptors."),
            MetricRow("process_cpu_seconds_total", .counter, "Processor time in seconds, user and system."),
            MetricRow(
                "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970."),
        ])
}
