// What is written for people: its columns, the length of the front page, and where its links lead.

import Foundation
import Testing

@Suite struct DocumentTests {
    /// A link in the dashboard's folder leads to the runbook, which is read where it stands.
    private static let pages = SourceTree.all.filter { page in
        page.path.hasSuffix(".md") && !["dist/", "Sources/DashboardPage/"].contains { page.path.hasPrefix($0) }
    }

    /// A row of a table is one line in Markdown, however long.
    @Test func proseHas120ColumnsAtMost() {
        for page in Self.pages {
            for (index, line) in page.lines.enumerated() where !line.hasPrefix("|") {
                #expect(line.count <= 120, "\(page.path):\(index + 1) has \(line.count) columns; 120 is the limit")
            }
        }
    }

    @Test func theFrontPageIsShort() throws {
        let count = try SourceTree.file("README.md").lines.count
        #expect(count <= 150, "README.md has \(count) lines; 150 is the limit: move what is longer into an article")
    }

    /// Wherever a text of the tree names one: an article, a comment, or what a script says.
    @Test func everyTargetOfTheMakefileThatIsNamedIsThere() throws {
        let targets = Set(
            try SourceTree.file("Makefile").text.matches(of: #/(?m)^([a-z-]+):/#).map { String($0.1) })
        #expect(targets.count > 40)
        for file in SourceTree.all {
            // A dash makes a target of a word that no sentence has behind `make`.
            let named = file.text.matches(of: #/`make ([a-z][a-z-]*)|make ([a-z]+-[a-z-]+)/#)
            for target in named.compactMap({ $0.1 ?? $0.2 }).map(String.init) {
                #expect(targets.contains(target), "\(file.path) names make \(target), and there is none")
            }
        }
    }

    @Test func everyLinkToAFileOfThisPackageLeadsThere() {
        for page in Self.pages {
            let folder = SourceTree.root.appendingPathComponent(page.path).deletingLastPathComponent()
            for target in Self.targets(between: "](", and: ")", in: page) where !target.contains(":") {
                let file = folder.appendingPathComponent(target.split(separator: "#").first.map(String.init) ?? "")
                #expect(FileManager.default.fileExists(atPath: file.path), "\(page.path) links to \(target)")
            }
            for article in Self.targets(between: "<doc:", and: ">", in: page) where !article.contains("/") {
                let file = folder.appendingPathComponent(article + ".md")
                #expect(FileManager.default.fileExists(atPath: file.path), "\(page.path) links to \(article)")
            }
        }
    }

    /// Whoever is called at night opens them on the page.
    @Test func theRunbookHasWhatTheDashboardLinksTo() throws {
        let headings = Set(
            try SourceTree.file("RUNBOOK.md").lines.filter { $0.hasPrefix("#") }
                .map { $0.drop { $0 == "#" || $0 == " " }.lowercased() })
        let sections = try SourceTree.file("Sources/GatewayServer/Dashboard/TroubleFinder.swift").text
            .matches(of: #/"(sluice[a-z]+)"/#).map { String($0.1) }
        #expect(sections.count >= 15)
        for section in sections { #expect(headings.contains(section), "RUNBOOK.md has no section \(section)") }
    }

    @Test func theDescriptionHasTheProgramsVersion() throws {
        let program = try SourceTree.file("Sources/sluice/Sluice.swift").text.firstMatch(of: #/version: "([\d.]+)"/#)
        let description = try SourceTree.file("Sources/APIDescription/openapi.yaml").text
            .firstMatch(of: #/\n {2}version: ([\d.]+)\n/#)
        #expect(program != nil && program?.output.1 == description?.output.1)
    }

    private static func targets(between opening: String, and closing: String, in page: ProjectFile) -> [String] {
        page.text.components(separatedBy: opening).dropFirst().compactMap {
            $0.components(separatedBy: closing).first
        }
    }
}
