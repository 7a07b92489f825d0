// Promise: a page on a development server (http://localhost:3000) works with the settings of deploy/dev.yaml, and where
// a setting is missing, the page's console and the gateway's log name it.

import Foundation
import Testing

extension Outside {
    @Suite struct PageDevelopmentTests {
        private static let hosts = ["localhost", "127.0.0.1"]

        /// Runs a test with a page on `http://HOST:PORT`, which is another site than the gateway.
        ///
        /// - Parameter origins: what is allowed, of the page's port.
        private static func run(
            sameSite: String = "none", origins: (Int) -> [String] = { port in hosts.map { "http://\($0):\(port)" } },
            _ test: (Gateway, Browser, _ port: Int) async throws -> Void
        ) async throws {
            let ports = try freePorts(3)
            let list = origins(ports[2]).map { "\"\($0)\"" }.joined(separator: ", ")
            let settings = Browser.settings(ports).overridden(by: [
                "cors.origins": "[\(list)]", "session.same_site": sameSite,
            ])
            try await Gateway.run(settings) { gateway in
                let browser = try await Browser.start(gateway, sites: Array(ports.prefix(2)), plainSite: ports[2])
                try await test(gateway, browser, ports[2])
                try await browser.end()
            }
        }

        @Test(arguments: hosts)
        func aPageOfADevelopmentServerSignsInReadsAndSignsOut(host: String) async throws {
            try await Self.run { gateway, browser, port in
                let origin = "http://\(host):\(port)"
                try await browser.open("a", "sluice.html", origin: origin)
                try await browser.until("a", "window.sluice?.state === 'live'")
                #expect(try await gateway.comment("1") == 1)
                try await browser.until("a", "seen.includes('1')")
                try await browser.open("b", "plain.html", origin: origin)
                try await browser.run("b", "subscribe('?user=alice')")
                try await browser.until("b", "source.readyState === 1")
                #expect(try await gateway.comment("2") == 2)
                try await browser.until("b", "seen.includes('comment 2')")
                #expect(!(try await browser.console()).contains("sluice.js"))
                #expect(try await browser.run("b", "return signOut()") == "204")
                try await browser.until("a", "sluice.state === 'signed-out'")
            }
        }

        @Test func theDevelopmentSettingsHaveTheUsualPorts() throws {
            let file = try String(contentsOfFile: Package.path("deploy/dev.yaml"), encoding: .utf8)
            for host in Self.hosts {
                for port in [3000, 5173, 8080] { #expect(file.contains("\n    - http://\(host):\(port)\n")) }
            }
            #expect(file.contains("\nsession:\n  same_site: none\n"))
        }

        @Test func aCookieThatIsDroppedIsNamedAndNothingGoesOnForEver() async throws {
            try await Self.run(sameSite: "lax") { gateway, browser, port in
                try await browser.open("a", "sluice.html", origin: "http://localhost:\(port)")
                try await browser.until("a", "window.sluice?.state === 'closed'")
                #expect(try await browser.seen("a") == ["rejected cookie-blocked"])
                #expect(try await browser.run("a", "return states.includes('live') || tokens > 2") == "false")
                let console = try await browser.console()
                #expect(console.contains("cookie-blocked") && console.contains("session.same_site: none"), "\(console)")
                #expect(gateway.child.transcript.contains("cors.origins has http://localhost:\(port)"))
            }
        }

        @Test func anOriginThatIsNearlyAllowedIsNamedInTheConsoleAndInTheLog() async throws {
            try await Self.run(origins: { ["https://localhost:\($0)"] }) { gateway, browser, port in
                let origin = "http://localhost:\(port)"
                // From the gateway itself the module would not come either.
                try await browser.open("a", "sluice.html", origin: origin, "&module=/sluice.js")
                var console = ""
                try await eventually("a warning", otherwise: { console }) {
                    try await browser.run("a", "return 0")
                    console += try await browser.console()
                    return console.contains("add \(origin) to its cors.origins")
                }
                let log = gateway.child.transcript
                #expect(log.contains("origin=\(origin)") && log.contains("allowed=https://localhost:\(port)"), "\(log)")
            }
        }
    }
}
