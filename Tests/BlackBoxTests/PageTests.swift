// Promise: a page of an allowed origin reads its user's stream with the browser's own EventSource and the session
// cookie, over both versions of HTTP, through restarts, until it signs out; and it is told why it is refused.

import Foundation
import Testing

extension Outside {
    @Suite struct PageTests {
        private static func publish(_ data: String, _ gateway: Gateway) async throws -> Int? {
            try await gateway.publish(
                #"{"to":{"user":"alice"},"event":"comment","data":"\#(data)"}"#, token: gateway.backendToken()
            ).json["streams"] as? Int
        }

        @Test(arguments: Browser.HTTPVersion.allCases)
        func aPageReadsThroughARestartUntilItSignsOut(version: Browser.HTTPVersion) async throws {
            let (workspace, sites) = (try Workspace(), try freePorts(2))
            let settings = Browser.settings(sites).overridden(by: [
                "log.kind": "sqlite", "log.path": workspace.path("events.db"),
            ])
            let first = try await Gateway.start(settings)
            let browser = try await Browser.start(first, sites: sites, version)
            try await browser.open("a", "plain.html")
            #expect(try await browser.run("a", "return signIn('alice')") == "200")
            try await browser.run("a", "subscribe()")
            try await browser.until("a", "source.readyState === 1")
            for data in ["1", "2"] { #expect(try await Self.publish(data, first) == 1) }
            try await browser.until("a", "seen.includes('comment 2')")
            first.child.send(SIGTERM)
            _ = try await first.child.ended()

            let second = try await Gateway.start(settings, ports: [first.port, first.adminPort])
            for data in ["3", "4"] { _ = try await Self.publish(data, second) }
            try await browser.until("a", "seen.includes('comment 4')")
            #expect(try await browser.seen("a").filter { $0.hasPrefix("comment") } == (1...4).map { "comment \($0)" })
            #expect(try await browser.answers().allSatisfy { $0.hasPrefix("200 \(version.rawValue) ") })

            #expect(try await browser.run("a", "return signOut()") == "204")
            try await browser.until("a", "source.readyState === 2")
            #expect(try await browser.seen("a").contains("sluice.rejected signed-out"))
            #expect(try await Self.publish("5", second) == 0)
            try await browser.end()
            try await second.stop()
        }

        @Test(arguments: Browser.HTTPVersion.allCases)
        func aPageOfAnotherOriginGetsNothingAndTheConsoleSaysWhy(version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                // The cookie is there: it is the gateway's, whichever page asks.
                try await browser.open("a", "plain.html")
                #expect(try await browser.run("a", "return signIn('alice')") == "200")
                try await browser.open("b", "plain.html", site: 1)
                try await browser.run("b", "subscribe()")
                try await browser.until("b", "source.readyState === 2")
                #expect(try await Self.publish("secret", gateway) == 0)
                #expect(try await browser.seen("b") == ["error 2"])
                let console = try await browser.console()
                #expect(console.contains("blocked by CORS policy"), "\(console)")
            }
        }

        @Test(arguments: Browser.HTTPVersion.allCases)
        func aRefusedPageSeesWhyAndStops(version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                try await browser.open("a", "plain.html")
                try await browser.run("a", "subscribe('?refusals=event')")
                try await browser.until("a", "source.readyState === 2")
                let seen = try await browser.seen("a")
                #expect(seen == ["open 1", "sluice.rejected token-missing", "error 0", "error 2"])
                #expect(try await browser.answers().map { $0.prefix(3) } == ["200", "204"])
            }
        }

        @Test(arguments: Browser.HTTPVersion.allCases)
        func aRefusedPageThatSignsInIsLetIn(version: Browser.HTTPVersion) async throws {
            try await Browser.run(["stream.retry": "3s"], version) { gateway, browser in
                try await browser.open("a", "plain.html")
                try await browser.run("a", "subscribe('?refusals=event')")
                try await browser.until("a", "seen.includes('sluice.rejected token-missing')")
                #expect(try await browser.run("a", "return signIn('alice')") == "200")
                try await browser.until("a", "seen.filter(what => what === 'open 1').length === 2")
                #expect(try await Self.publish("1", gateway) == 1)
                try await browser.until("a", "seen.includes('comment 1')")
            }
        }

        @Test(arguments: Browser.HTTPVersion.allCases)
        func aPageIsToldThatItsTokenEndsAndThatItHas(version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                try await browser.open("a", "plain.html")
                #expect(try await browser.run("a", "return signIn('alice', 4)") == "200")
                try await browser.run("a", "subscribe('?refusals=event')")
                try await browser.until("a", "source.readyState === 2")
                let told = try await browser.seen("a").filter { $0.hasPrefix("sluice.") }
                #expect(told.first == "sluice.expiring ")
                #expect(told.dropFirst().first == "sluice.rejected token-expired")
            }
        }
    }
}
