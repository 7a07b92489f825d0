// Promise: the articles are one web site, each is reachable from its root, and no link of theirs is broken.

import Foundation
import Testing

extension Outside {
    @Suite struct DocumentationTests {
        private static let catalog = "Sources/GatewayServer/Documentation.docc"

        @Test func theCatalogIsConvertedWithoutAWarning() async throws {
            let workspace = try Workspace()
            let site = workspace.path("site")
            let docc = try Child(
                "docc",
                [
                    "convert", Package.path(Self.catalog), "--fallback-display-name", "Sluice",
                    "--fallback-bundle-identifier", "Sluice", "--warnings-as-errors", "--output-path", site,
                ], in: workspace)
            _ = try await docc.succeeded()
            let articles = try FileManager.default.contentsOfDirectory(atPath: Package.path(Self.catalog))
                .filter { $0.hasSuffix(".md") && $0 != "Sluice.md" }.map { String($0.dropLast(3)) }
            #expect(articles.count > 10)
            let root = try String(contentsOfFile: Package.path(Self.catalog + "/Sluice.md"), encoding: .utf8)
            for article in articles {
                let isListed = root.contains("- <doc:\(article)>")
                #expect(isListed, "Sluice.md does not list \(article)")
            }
        }
    }
}
