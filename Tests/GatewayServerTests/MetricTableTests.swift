// The table of metrics, its article, and what is shown: one and the same.

import Foundation
import Logging
import Testing

@testable import GatewayServer

@Suite struct MetricTableTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func theArticleHasTheProgramsTables() throws {
        let article = try String(
            contentsOf: Self.folder.appending(path: "Sources/GatewayServer/Documentation.docc/Metrics.md"),
            encoding: .utf8)
        #expect(
            article.contains("<!-- metrics:begin -->\n" + MetricTable.markdown + "\n<!-- metrics:end -->"),
            "`make metrics` writes them.")
    }

    @Test func eachNameStandsOnce() {
        let names = MetricTable.rows.map(\.name)
        #expect(Set(names).count == names.count)
    }

    /// Prometheus's rules for names: what only goes up ends in `_total`, and nothing else does.
    @Test func namesTellTheirTypes() {
        for row in MetricTable.rows {
            #expect(row.name.hasSuffix("_total") == (row.type == .counter), "\(row.name)")
            #expect(row.type != .histogram || row.name.hasSuffix("_seconds"), "\(row.name)")
            #expect(row.help.hasSuffix(".") && !row.help.contains("|"), "\(row.name)")
        }
    }

    /// What is made once at the start, with the type and the labels that the table says.
    @Test func whatIsShownIsInTheTable() {
        let registry = PrometheusRegistry()
        let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
        _ = ServerMetrics(registry: registry, logger: quiet, lines: 10, recent: RecentNotices())
        _ = (ClusterMetrics(registry: registry), ReloadMetrics(registry: registry))
        registry.show(version: "1")
        let rows = Dictionary(uniqueKeysWithValues: MetricTable.rows.map { ($0.name, $0) })
        for family in registry.families() {
            guard let row = rows[family.name] else {
                Issue.record("\(family.name) has no row in MetricTable")
                continue
            }
            #expect(row.type == family.type, "\(family.name)")
            #expect(family.help == row.help, "\(family.name)")
            for sample in family.samples {
                #expect(sample.labels.labels.map(\.name) == row.labels.map(\.name).sorted(), "\(family.name)")
            }
        }
    }
}
