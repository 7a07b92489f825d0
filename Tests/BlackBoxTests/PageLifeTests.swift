// Promise: a page's stream lives as long as its page wants it: it comes back with a page that was put aside, with the
// network, and from sleep; it is gone when the page closes it; and a gateway that is away is not besieged.

import Testing

extension Outside {
    @Suite struct PageLifeTests {
        @Test(arguments: Browser.ways)
        func aPageThatIsBroughtBackGoesOnWhereItWas(mode: String, version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                try await browser.connect("a", "&share=\(mode)")
                try await gateway.comment("1")
                try await browser.until("a", "seen.length === 1")
                try await browser.run("a", "leave()")
                try await eventually("no stream") { try await gateway.metrics().streams == 0 }
                try await gateway.comment("2")
                try await browser.run("a", "comeBack()")
                try await browser.until("a", "seen.length === 2 && sluice.state === 'live'")
                #expect(try await gateway.comment("3") == 1)
                // A page that has closed its stream has none, whatever it asks for after that.
                try await browser.run("a", "sluice.close(); await sluice.refresh(); comeBack()")
                try await eventually("no stream") { try await gateway.metrics().streams == 0 }
                try await browser.run("a", "await new Promise((done) => setTimeout(done, 300))")
                #expect(try await gateway.comment("4") == 0)
                #expect(try await browser.run("a", "return sluice.state") == "closed")
            }
        }

        @Test func aConnectionThatMayBeDeadIsNotTrusted() async throws {
            try await Browser.run { gateway, browser in
                try await browser.connect("a", "&share=none")
                try await gateway.comment("1")
                try await browser.until("a", "seen.length === 1")
                try await browser.run(
                    "a",
                    """
                    Object.defineProperty(document, "hidden", { value: false })
                    const now = Date.now
                    Date.now = () => now() + 200_000
                    document.dispatchEvent(new Event("visibilitychange"))
                    """)
                try await browser.until("a", "attempts.length === 2 && sluice.state === 'live'")
                try await browser.run(
                    "a",
                    "await new Promise((done) => setTimeout(done, 2100)); dispatchEvent(new Event('online'))")
                try await browser.until("a", "attempts.length === 3 && sluice.state === 'live'")
                // A page that is looked at again, and has not slept, keeps its connection.
                try await browser.run("a", "document.dispatchEvent(new Event('visibilitychange'))")
                try await gateway.comment("2")
                try await browser.until("a", "seen.length === 2")
                #expect(try await browser.run("a", "return attempts.length") == "3")
            }
        }

        @Test func aGatewayThatIsAwayIsAskedEverMoreSeldom() async throws {
            let sites = try freePorts(2)
            let gateway = try await Gateway.start(Browser.settings(sites).overridden(by: ["shutdown.drain": "0s"]))
            let browser = try await Browser.start(gateway, sites: sites)
            try await browser.connect("a", "&share=none")
            try await gateway.stop()
            try await browser.until("a", "attempts.length >= 5")
            let times = try await browser.run("a", "return attempts.slice(1, 5).join(' ')")
                .split(separator: " ").compactMap { Double($0) }
            let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
            #expect(gaps.count == 3)
            // Half to all of `stream.retry` (0.5 s) times 2, 4 and 8, and what a failure takes.
            for (gap, longest) in zip(gaps, [1000.0, 2000, 4000]) {
                #expect((longest / 2...longest + 700).contains(gap), "\(gaps)")
            }
            try await browser.end()
        }
    }
}
