// The dashboard's files: that they are all there is, and that the page's own policy lets all of it work.

import DashboardPage
import Testing

@Suite struct DashboardPageTests {
    private static func text(_ path: String) throws -> String {
        let file = try #require(DashboardPage.files.first { $0.path == path })
        return String(decoding: file.bytes, as: UTF8.self)
    }

    @Test func whatThePageLoadsIsThere() throws {
        let paths = Set(DashboardPage.files.map(\.path))
        for file in DashboardPage.files {
            #expect(!file.bytes.isEmpty && file.mediaType.hasSuffix("; charset=utf-8"))
            for match in String(decoding: file.bytes, as: UTF8.self).matches(of: /from "\.\/([a-z]+\.js)"/) {
                #expect(paths.contains("/dashboard/\(match.1)"), "\(file.path) imports \(match.1)")
            }
        }
        for match in try Self.text("/dashboard").matches(of: /(?:src|href)="(\/dashboard[^"]*)"/) {
            #expect(paths.contains(String(match.1)), "the page loads \(match.1)")
        }
    }

    /// `script-src 'self'` and `style-src 'self'` forbid what is written into the page; nothing comes from elsewhere.
    @Test func nothingIsInlineOrFromElsewhere() throws {
        let page = try Self.text("/dashboard")
        for forbidden in [" style=", "<style", " onclick=", " onload=", "<script>", "https:"] {
            #expect(!page.contains(forbidden), "\(forbidden)")
        }
        // The runbook's own links are not links on the page.
        for file in DashboardPage.files where !["/dashboard", "/dashboard/RUNBOOK.md"].contains(file.path) {
            #expect(!String(decoding: file.bytes, as: UTF8.self).contains("https:"), "\(file.path)")
        }
    }

    @Test func itKnowsDarkRoomsPhonesAndWhoCantBearMotion() throws {
        let style = try Self.text("/dashboard/style.css")
        for query in ["prefers-color-scheme: dark", "prefers-reduced-motion: reduce", "max-width: 40rem"] {
            #expect(style.contains(query))
        }
    }
}
