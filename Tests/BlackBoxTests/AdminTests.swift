// Promise: the admin listener tells whether the gateway lives and is ready, and what it does, to loopback only.

import Testing

extension Outside {
    @Suite struct AdminTests {
        @Test func aRunningGatewayIsLiveAndReady() async throws {
            try await Gateway.run { gateway in
                for (path, status) in [("/livez", 200), ("/readyz", 200), ("/nowhere", 404), ("/v1/stream", 404)] {
                    let answer = try await gateway.admin(path)
                    #expect(answer.status == status, "\(path)")
                }
            }
        }

        @Test func metricsCountWhatHappens() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let backend = try await gateway.backendToken()
                _ = try await gateway.publish(#"{"to":{"user":"alice"},"data":"x"}"#, token: backend)
                _ = try await gateway.publish(#"{"to":{"everyone":true},"data":"x"}"#, token: backend)
                _ = try await gateway.request("/v1/stream")
                try await stream.events(2)
                let open = try await gateway.metrics()
                #expect(open.streams == 1 && open.connections == 1)
                #expect(open.sum("sluice_streams_opened_total") == 1)
                #expect(open.sum("sluice_events_total", where: "audience=\"user\"") == 1)
                #expect(open.sum("sluice_events_total", where: "audience=\"everyone\"") == 1)
                #expect(open.sum("sluice_deliveries_total") == 2)
                #expect(open.sum("sluice_refusals_total", where: "reason=\"token-missing\"") == 1)
                #expect(open.sum("sluice_tls_handshakes_total") >= 4)
                stream.close()
                try await gateway.metric("sluice_streams_closed_total", reaches: 1)
            }
        }

        @Test(arguments: ["memory", "sqlite"]) func theyTellHowLongThingsTake(log: String) async throws {
            let workspace = try Workspace()
            let settings: Settings =
                log == "memory" ? [:] : ["log.kind": log, "log.path": workspace.path("events.db")]
            try await Gateway.run(settings) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let backend = try await gateway.backendToken()
                _ = try await gateway.publish(#"{"to":{"user":"alice"},"data":"x"}"#, token: backend)
                try await stream.events(1)
                let metrics = try await gateway.metrics()
                for name in ["delivery", "publish", "log_append"] {
                    #expect(metrics.sum("sluice_\(name)_seconds_count") == 1, "\(name)")
                    #expect(metrics.sum("sluice_\(name)_seconds_bucket", where: "le=\"+Inf\"") == 1, "\(name)")
                }
                #expect(metrics.sum("sluice_log_sync_seconds_count") == (log == "memory" ? 0 : 1))
                #expect(metrics.sum("sluice_handshake_seconds_count") >= 2)
                #expect(metrics.sum("sluice_loop_lag_seconds_count", where: "loop=\"0\"") > 0)
                #expect(metrics.sum("sluice_build_info", where: "version=\"") == 1)
            }
        }

        /// A page whose name was made to mean this machine reads nothing.
        @Test func anotherNameThanItsOwnIsNotAnsweredTo() async throws {
            try await Gateway.run(["admin.hosts": "[gateway.internal]"]) { gateway in
                for (host, status) in [("evil.example", 421), ("gateway.internal:80", 200), ("localhost", 200)] {
                    for path in ["/metrics", "/readyz"] {
                        let answer = try await gateway.admin(path, "--header", "Host: \(host)")
                        #expect(answer.status == status, "\(host)")
                    }
                }
            }
        }

        @Test func idleConnectionsDoNotKeepProbesOut() async throws {
            try await Gateway.run { gateway in
                let crowd = try await gateway.crowd(150, "--port", "\(gateway.adminPort)")
                for _ in 1...5 { try await gateway.probeInTime("/readyz") }
                crowd.end()
            }
        }

        @Test(arguments: [0, 1]) func aLoopThatStandsStillIsNamedAndSparesTheOthersProbes(loop: Int) async throws {
            try await Gateway.run(["listen.event_loops": "2"]) { gateway in
                let frozen = try await gateway.freeze(loop: loop)
                try await eventually("a gateway that is not ready", within: .seconds(8)) {
                    try await gateway.admin("/readyz").status == 503
                }
                let answer = try await gateway.admin("/readyz?for=publish")
                #expect(answer.body == "not ready: event loop \(loop) has not turned for 2 s\n")
                for _ in 1...10 { try await gateway.probeInTime("/readyz", status: 503) }
                try await gateway.probeInTime("/livez")
                try await gateway.probeInTime("/metrics")
                frozen.end()
                try await eventually("a gateway that is ready again", within: .seconds(5)) {
                    try await gateway.admin("/readyz").status == 200
                }
            }
        }

        @Test func metricsAreWellFormed() async throws {
            try await Gateway.run { gateway in
                let answer = try await gateway.admin("/metrics")
                #expect(answer["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
                let lines = answer.body.split(separator: "\n")
                for line in lines where !line.hasPrefix("#") {
                    // Those of a histogram have names of their own.
                    let name = line.prefix { $0 != "{" && $0 != " " }.replacing(/_(bucket|count|sum)$/, with: "")
                    #expect(lines.contains { $0.hasPrefix("# TYPE \(name) ") }, "\(name) has no # TYPE")
                    #expect(lines.contains { $0.hasPrefix("# HELP \(name) ") }, "\(name) has no # HELP")
                }
                let metrics = Metrics(text: answer.body)
                for name in ["process_cpu_seconds_total", "process_start_time_seconds"] { #expect(metrics.has(name)) }
                #expect(metrics.residentBytes > 0 && metrics.openDescriptors > 0)
            }
        }
    }
}
