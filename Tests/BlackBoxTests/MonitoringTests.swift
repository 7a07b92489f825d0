// Promise: what an operator is given to look at a gateway with fits what the gateway shows: the metrics, the alerts,
// the runbook and the dashboard.

import Foundation
import Testing

extension Outside {
    @Suite struct MonitoringTests {
        /// One that does a little of everything.
        private static func loaded(
            _ more: Settings = [:], _ work: (Gateway) async throws -> Void
        ) async throws {
            let workspace = try Workspace()
            let settings: Settings = [
                "log.kind": "sqlite", "log.path": workspace.path("events.db"), "canary.interval": "500ms",
            ]
            try await Gateway.run(settings.overridden(by: more)) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let backend = try await gateway.backendToken()
                for audience in [#"{"user":"alice"}"#, #"{"everyone":true}"#] {
                    _ = try await gateway.publish(#"{"to":\#(audience),"data":"x"}"#, token: backend)
                }
                _ = try await gateway.request("/v1/stream")
                try await stream.events(2)
                try await work(gateway)
                stream.close()
            }
        }

        private static func promtool(
            _ arguments: String..., in workspace: Workspace, reads text: String = ""
        ) throws -> Child {
            try Child("promtool", arguments, input: workspace.write(text, to: "input"), in: workspace)
        }

        private static func text(_ path: String) throws -> String {
            try String(contentsOfFile: Package.path(path), encoding: .utf8)
        }

        // MARK: Metrics

        @Test func prometheusFindsNothingWrongWithTheMetrics() async throws {
            let workspace = try Workspace()
            try await Self.loaded { gateway in
                let metrics = try await gateway.admin("/metrics").body
                let checked = try Self.promtool("check", "metrics", in: workspace, reads: metrics)
                #expect(try await checked.ended() == 0, "\(checked.transcript)")
                #expect(checked.output.isEmpty && checked.errors.isEmpty, "\(checked.transcript)")
            }
        }

        /// Each is described, and each that is always there is there.
        @Test func theReferenceHasAllMetrics() async throws {
            let rows = try Self.text("Sources/GatewayServer/Documentation.docc/Metrics.md").split(separator: "\n")
                .filter { $0.hasPrefix("| `") }
            let described = Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                    return (cells[0].trimmingCharacters(in: ["`"]), cells[1])
                })
            try await Self.loaded { gateway in
                let lines = try await gateway.admin("/metrics").body.split(separator: "\n")
                let shown = Dictionary(
                    uniqueKeysWithValues: lines.filter { $0.hasPrefix("# TYPE ") }.map { line in
                        let words = line.split(separator: " ").map(String.init)
                        return (words[2], words[3])
                    })
                for (name, type) in shown { #expect(described[name] == type, "\(name)") }
                for row in rows where !row.contains(" Only ") {
                    let name = String(row.dropFirst(3).prefix { $0 != "`" })
                    #expect(shown[name] != nil, "\(name)")
                }
            }
        }

        /// Whoever sets a limit can see how far it is used.
        @Test func accountsAreShownBesideTheirLimits() async throws {
            let limits: Settings = [
                "limits.revocation_bytes": "1MiB", "explain.bytes": "2MiB", "limits.strangers": "100",
            ]
            try await Self.loaded(limits) { gateway in
                let revoked = try await gateway.request(
                    "/v1/revocations", "--header", "Content-Type: application/json", "--data-binary",
                    #"{"sub":"mallory"}"#, token: gateway.token("root", "--admin"))
                #expect(revoked.status == 200)
                let metrics = try await gateway.metrics()
                #expect(metrics.sum("sluice_revocation_limit_bytes") == 1_048_576)
                #expect((1...4096).contains(metrics.sum("sluice_revocation_bytes")))
                #expect(metrics.sum("sluice_explain_limit_bytes") == 2_097_152)
                #expect((1...4096).contains(metrics.sum("sluice_explain_bytes")))
                #expect(metrics.sum("sluice_stranger_connections_limit") == 100)
            }
        }

        // MARK: Alerts

        @Test func theAlertsAreQuietAndFireWhenTheyShould() async throws {
            let workspace = try Workspace()
            let rules = Package.path("deploy/prometheus/sluice.rules.test.yml")
            let tested = try Self.promtool("test", "rules", rules, in: workspace)
            #expect(try await tested.ended() == 0, "\(tested.transcript)")
        }

        @Test func eachAlertIsTestedAndHasItsSectionInTheRunbook() throws {
            let rules = try Self.text("deploy/prometheus/sluice.rules.yml")
            let alerts = rules.matches(of: /- alert: (\w+)/).map { String($0.1) }
            #expect(alerts.count > 20 && Set(alerts).count == alerts.count)
            let sections = try Self.text("RUNBOOK.md").matches(of: /(?m)^### (\w+)$/).map { String($0.1) }
            #expect(alerts.sorted() == sections.sorted())
            let links = rules.matches(of: /runbook_url: RUNBOOK\.md#(\w+)/).map { String($0.1) }
            #expect(links == alerts.map { $0.lowercased() })
            let tests = try Self.text("deploy/prometheus/sluice.rules.test.yml")
            for alert in alerts { #expect(tests.contains("- name: \(alert)\n"), "\(alert)") }
        }

        /// As it stands a link of an alert leads nowhere.
        @Test func theRunbooksCommandGivesEachAlertALink() async throws {
            let workspace = try Workspace()
            try workspace.write(Self.text("deploy/prometheus/sluice.rules.yml"), to: "sluice.rules.yml")
            let runbook = try Self.text("RUNBOOK.md").replacing("\n", with: " ")
            let command = try #require(runbook.firstMatch(of: /`(sed -i [^`]+)`/)).1
            try await Child("sh", ["-c", String(command)], in: workspace, folder: workspace.folder.path).succeeded()
            let rules = try String(contentsOfFile: workspace.path("sluice.rules.yml"), encoding: .utf8)
            let links = rules.matches(of: /runbook_url: (\S+)/).map { String($0.1) }
            #expect(links.count > 20 && links.allSatisfy { $0.hasPrefix("https://wiki.example.com/RUNBOOK.md#") })
        }

        /// A quoted line of the log is one that the program writes.
        @Test func eachLineThatTheRunbookQuotesIsWritten() throws {
            let runbook = try Self.text("RUNBOOK.md").replacing("**", with: "").replacing(/\n */, with: " ")
            let quotes = Set(runbook.matches(of: /\*([A-Z][^*]+)\*/).map { String($0.1) })
            #expect(quotes.count >= 5)
            let sources = try #require(FileManager.default.enumerator(atPath: Package.path("Sources")))
            let program = try sources.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
                .map { try Self.text("Sources/" + $0) }.joined()
            for quote in quotes { #expect(program.contains(quote), "\(quote)") }
        }

        // MARK: Questions

        /// The queries that answer the runbook's questions.
        private static func questions() throws -> [String] {
            let runbook = try text("RUNBOOK.md")
            let table = try #require(
                runbook.firstMatch(of: /(?s)<!-- questions:begin -->(.*)<!-- questions:end -->/)
            ).1
            let rows = table.split(separator: "\n").dropFirst(2)
            #expect(rows.count == 21)
            return rows.flatMap { row in row.matches(of: /`([^`]+)`/).map { String($0.1) } }
                .filter { !$0.hasPrefix("sluice ") }
        }

        /// The queries of the dashboard's panels, as Grafana sends them for all instances. What is shown only where
        /// there is some is left out.
        private static func panels() throws -> [String] {
            let dashboard = try JSONDecoder().decode(
                GrafanaDashboard.self, from: Data(text("deploy/grafana/sluice.json").utf8))
            let queries = dashboard.panels.flatMap { ($0.targets ?? []).map(\.expr) }
            #expect(queries.count > 40)
            return queries.filter { !$0.hasSuffix("> 0") }
                .map { $0.replacing("$instance", with: ".*").replacing("$__rate_interval", with: "1m") }
        }

        private struct GrafanaDashboard: Decodable {
            struct Panel: Decodable { let targets: [Target]? }
            struct Target: Decodable { let expr: String }
            let panels: [Panel]
        }

        /// Prometheus itself scrapes the gateway, and is asked.
        @Test func eachQuestionAndEachPanelIsAnsweredForALoadedGateway() async throws {
            let queries = try Self.questions() + Self.panels()
            let provider = try await OpenIDProvider.start()
            try await Self.loaded(["auth.issuers": provider.issuers]) { gateway in
                let prometheus = try Prometheus(scraping: gateway.adminPort)
                try await prometheus.has(scrapes: 3)
                for query in queries {
                    let answer = try await prometheus.answer(to: query)
                    #expect(answer.contains(#""status":"success""#), "\(query): \(answer)")
                    #expect(answer.contains(#""value":["#), "\(query): \(answer)")
                }
            }
            try await provider.end()
        }

        /// A server that looks at one gateway each second.
        private struct Prometheus {
            private let workspace: Workspace
            private let child: Child
            private let port: Int

            init(scraping gateway: Int) throws {
                workspace = try Workspace()
                port = try freePorts(1)[0]
                let file = try workspace.write(
                    """
                    global: {scrape_interval: 1s}
                    scrape_configs: [{job_name: sluice, static_configs: [{targets: ["127.0.0.1:\(gateway)"]}]}]
                    """, to: "prometheus.yml")
                child = try Child(
                    "prometheus",
                    [
                        "--config.file=\(file)", "--storage.tsdb.path=\(workspace.path("tsdb"))",
                        "--web.listen-address=127.0.0.1:\(port)", "--log.level=warn",
                    ], in: workspace)
            }

            /// What it answers, in JSON; nothing while it starts.
            func answer(to query: String) async throws -> String {
                let curl = try Child(
                    "curl",
                    [
                        "--silent", "--get", "--data-urlencode", "query=\(query)",
                        "http://127.0.0.1:\(port)/api/v1/query",
                    ], in: workspace)
                _ = try await curl.ended()
                return curl.output
            }

            /// Waits until it has looked so often: a rate is of two looks.
            func has(scrapes: Int) async throws {
                try await eventually("\(scrapes) scrapes", within: .seconds(60), otherwise: { child.transcript }) {
                    try await answer(to: "count_over_time(sluice_streams[5m]) >= \(scrapes)").contains(#""value":["#)
                }
            }
        }

        private static func metrics(in text: String) -> [String] {
            text.matches(of: /\b(?:sluice|process)_[a-z_]+\b/).map { String($0.0) }
        }

        // MARK: The dashboard

        @Test func grafanaTakesTheDashboard() async throws {
            let client = try Child(
                Package.python(),
                [Package.client("grafana_dashboard.py"), Package.path("deploy/grafana/sluice.json")],
                environment: ["PYTHONDONTWRITEBYTECODE": "1"], in: Workspace())
            let wrong = try await client.succeeded(within: .seconds(120))
            #expect(wrong.isEmpty, "\(wrong)")
        }

        @Test func theAlertsAndTheDashboardNameOnlyMetricsThatThereAre() throws {
            let reference = try Self.text("Sources/GatewayServer/Documentation.docc/Metrics.md")
            let dashboard = try Self.text("deploy/grafana/sluice.json")
            #expect(try JSONSerialization.jsonObject(with: Data(dashboard.utf8)) is [String: Any])
            for text in [dashboard, try Self.text("deploy/prometheus/sluice.rules.yml")] {
                let names = Set(Self.metrics(in: text))
                #expect(names.count > 15)
                for name in names {
                    let family = name.replacing(/_(bucket|count|sum)$/, with: "")
                    #expect(reference.contains("| `\(family)` |") || reference.contains("| `\(name)` |"), "\(name)")
                }
            }
        }
    }
}
