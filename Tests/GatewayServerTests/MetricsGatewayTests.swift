// The gateway's own metrics by their names, and what the kernel tells about the process.

import Testing

@testable import GatewayServer

@Suite struct MetricsGatewayTests {
    private let registry = PrometheusRegistry(collectors: [])

    @Test func theyShowAsZeroFromTheStart() {
        let metrics = GatewayMetrics(
            registry: registry, closeReasons: ["draining"], gapReasons: ["epoch"], refusalReasons: ["token-missing"],
            handshakeResults: ["completed"])
        #expect(metrics.streamsOpened.value == 0)
        #expect(
            registry.render() == """
                # HELP sluice_accept_pauses_total Pauses in accepting, because the system had no descriptor or memory left.
                # TYPE sluice_accept_pauses_total counter
                sluice_accept_pauses_total{listener="admin"} 0
                sluice_accept_pauses_total{listener="public"} 0
                # HELP sluice_connections Open connections of the public listener, by whether they have shown a good token.
                # TYPE sluice_connections gauge
                sluice_connections{state="stranger"} 0
                sluice_connections{state="turned-away"} 0
                sluice_connections{state="user"} 0
                # HELP sluice_deliveries_total Events handed to streams, once per stream.
                # TYPE sluice_deliveries_total counter
                sluice_deliveries_total 0
                # HELP sluice_events_total Events put in the event log, by audience.
                # TYPE sluice_events_total counter
                sluice_events_total{audience="everyone"} 0
                sluice_events_total{audience="topic"} 0
                sluice_events_total{audience="user"} 0
                # HELP sluice_gaps_total Streams that were told that they miss something, by reason.
                # TYPE sluice_gaps_total counter
                sluice_gaps_total{reason="epoch"} 0
                # HELP sluice_held_bytes Bytes of bodies, untaken answers and frames, by who has them held.
                # TYPE sluice_held_bytes gauge
                sluice_held_bytes{party="known"} 0
                sluice_held_bytes{party="stranger"} 0
                # HELP sluice_http_streams Open event streams by version of HTTP.
                # TYPE sluice_http_streams gauge
                sluice_http_streams{version="1.1"} 0
                sluice_http_streams{version="2"} 0
                # HELP sluice_log_bytes Bytes of the events held for replay, bookkeeping included.
                # TYPE sluice_log_bytes gauge
                sluice_log_bytes 0
                # HELP sluice_log_events Events held for replay.
                # TYPE sluice_log_events gauge
                sluice_log_events 0
                # HELP sluice_log_lines_dropped_total Lines that the operator's log left out, beyond logging.lines a reason.
                # TYPE sluice_log_lines_dropped_total counter
                sluice_log_lines_dropped_total 0
                # HELP sluice_refusals_total Requests and streams refused, by reason.
                # TYPE sluice_refusals_total counter
                sluice_refusals_total{reason="token-missing"} 0
                # HELP sluice_streams Open event streams.
                # TYPE sluice_streams gauge
                sluice_streams 0
                # HELP sluice_streams_behind Streams that read the log because they missed something.
                # TYPE sluice_streams_behind gauge
                sluice_streams_behind 0
                # HELP sluice_streams_closed_total Event streams ended, by reason.
                # TYPE sluice_streams_closed_total counter
                sluice_streams_closed_total{reason="draining"} 0
                # HELP sluice_streams_delayed Streams that were told that the gateway is cut off from its event log.
                # TYPE sluice_streams_delayed gauge
                sluice_streams_delayed 0
                # HELP sluice_streams_fell_behind_total Live streams whose buffer was full.
                # TYPE sluice_streams_fell_behind_total counter
                sluice_streams_fell_behind_total 0
                # HELP sluice_streams_opened_total Event streams opened.
                # TYPE sluice_streams_opened_total counter
                sluice_streams_opened_total 0
                # HELP sluice_tls_handshakes_total TLS handshakes, completed or by who must act on the failure.
                # TYPE sluice_tls_handshakes_total counter
                sluice_tls_handshakes_total{result="completed"} 0
                # HELP sluice_tls_resumptions_total Completed TLS handshakes that resumed an earlier session.
                # TYPE sluice_tls_resumptions_total counter
                sluice_tls_resumptions_total 0

                """)
    }

    @Test func theyCount() {
        let metrics = GatewayMetrics(registry: registry)
        metrics.streams.increment(by: 2)
        metrics.streams.decrement(by: 1)
        metrics.connections.user.set(Int64(7))
        metrics.streamsOpened.increment()
        metrics.deliveries.increment(by: 250)
        metrics.events.user.increment(by: 2)
        metrics.refusals.increment("token-expired")
        metrics.refusals.increment("token-expired")
        metrics.streamsClosed["client-closed"].increment()
        metrics.tlsHandshakes.increment("peer")
        let lines = registry.render().split(separator: "\n")
        for line in [
            "sluice_streams 1", "sluice_connections{state=\"user\"} 7", "sluice_streams_opened_total 1",
            "sluice_deliveries_total 250",
            "sluice_events_total{audience=\"user\"} 2", "sluice_refusals_total{reason=\"token-expired\"} 2",
            "sluice_streams_closed_total{reason=\"client-closed\"} 1", "sluice_tls_handshakes_total{result=\"peer\"} 1",
            "sluice_tls_handshakes_total{result=\"completed\"} 0",
        ] {
            #expect(lines.contains(line[...]))
        }
    }

    @Test func aValueNamedTwiceIsOneCounter() {
        let metrics = GatewayMetrics(registry: registry, refusalReasons: ["a", "a"])
        metrics.refusals.increment("a")
        #expect(registry.render().contains("sluice_refusals_total{reason=\"a\"} 1\n"))
    }
}

@Suite struct ProcessMetricsTests {
    /// A program may be named so that its name looks like the fields behind it.
    @Test func theProgramsNameDoesNotShiftFields() throws {
        let fields = (3...52).map { $0 == 3 ? "S" : "\($0)" }.joined(separator: " ")
        let status = try #require(ProcessStatus("1234 (a) 1 2 (b) \(fields)\n"))
        // proc_pid_stat(5): utime 14, stime 15, starttime 22, rss 24.
        #expect(status == ProcessStatus(processorTicks: 29, startTicks: 22, residentPages: 24))
    }

    @Test(arguments: ["", "1 (a)", "1 (a) S 1 2 3", "no parentheses at all"]) func unreadable(_ text: String) {
        #expect(ProcessStatus(text) == nil)
    }

    @Test func bootTime() {
        #expect(ProcessStatus.bootTime("cpu 1 2\nbtime 1700000000\nprocesses 9\n") == 1_700_000_000)
        #expect(ProcessStatus.bootTime("cpu 1 2\n") == nil)
    }

    @Test func theKernelTellsAboutThisProcess() throws {
        let families = ProcessMetrics().collect()
        #expect(
            families.map(\.name) == [
                "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_cpu_seconds_total",
                "process_start_time_seconds",
            ])
        let values = families.compactMap { $0.samples.first?.value }
        #expect(values[0] > 1_000_000)
        #expect(values[1] >= 3)
        #expect(values[2] >= values[1])
        #expect(values[3] > 0)
        #expect(values[4] > 1_500_000_000)
    }
}
