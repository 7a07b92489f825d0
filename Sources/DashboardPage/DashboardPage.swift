// The operator's page, embedded in the program so that one binary is all there is to install. The page is in `Page`;
// this file only hands out its bytes.

/// A file of the page.
package struct DashboardPage: Sendable {
    /// Where the page asks for it.
    package let path: String
    /// What goes into `Content-Type`.
    package let mediaType: String
    /// The file, in UTF-8.
    package let bytes: [UInt8]

    private init(_ path: String, _ mediaType: String, _ bytes: [UInt8]) {
        self.path = path
        self.mediaType = mediaType + "; charset=utf-8"
        self.bytes = bytes
    }

    /// All of them.
    package static let files: [DashboardPage] = [
        DashboardPage("/dashboard", "text/html", PackageResources.index_html),
        DashboardPage("/dashboard/style.css", "text/css", PackageResources.style_css),
        DashboardPage("/dashboard/dashboard.js", "text/javascript", PackageResources.dashboard_js),
        DashboardPage("/dashboard/contact.js", "text/javascript", PackageResources.contact_js),
        DashboardPage("/dashboard/plot.js", "text/javascript", PackageResources.plot_js),
        DashboardPage("/dashboard/words.js", "text/javascript", PackageResources.words_js),
        DashboardPage("/dashboard/runbook.js", "text/javascript", PackageResources.runbook_js),
        DashboardPage("/dashboard/RUNBOOK.md", "text/markdown", PackageResources.RUNBOOK_md),
    ]
}
