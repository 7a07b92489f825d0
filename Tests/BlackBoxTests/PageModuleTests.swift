// Promise: with sluice.js a page stays signed in on one stream, all tabs of an origin share it, and neither closing a
// tab nor loading a page loses or repeats an event.

import Testing

extension Outside {
    @Suite struct PageModuleTests {
        private static func publish(_ data: String, _ gateway: Gateway) async throws -> Int? {
            try await gateway.publish(
                #"{"to":{"user":"alice"},"event":"comment","data":"\#(data)"}"#, token: gateway.backendToken()
            ).json["streams"] as? Int
        }

        private static func open(_ tab: String, _ browser: Browser, _ query: String) async throws {
            try await browser.open(tab, "sluice.html", query)
            try await browser.until(tab, "window.sluice?.state === 'live'")
        }

        // MARK: The session

        @Test(.early) func aTokenOf20SecondsCarriesOneStreamForTwoMinutes() async throws {
            try await Browser.run { gateway, browser in
                try await Self.open("a", browser, "&share=none&seconds=20")
                for round in 1...6 {
                    // The page waits; the answers in between show that it is alive.
                    try await browser.run("a", "await new Promise(done => setTimeout(done, 20_000))")
                    #expect(try await Self.publish("\(round)", gateway) == 1)
                }
                try await browser.until("a", "seen.includes('6')")
                let seen = try await browser.seen("a")
                #expect(seen.filter { $0 != "expiring " } == (1...6).map(String.init), "\(seen)")
                #expect(try await browser.answers().count == 1)
                #expect(try await gateway.metrics().sum("sluice_streams_opened_total") == 1)
                #expect(try await browser.run("a", "return states") == #"["live"]"#)
            }
        }

        @Test(arguments: zip(["worker", "locks"], Browser.HTTPVersion.allCases))
        func signingOutInOneTabIsSeenInAll(mode: String, version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                for tab in ["a", "b"] { try await Self.open(tab, browser, "&share=\(mode)") }
                try await browser.run("b", "await sluice.signOut()")
                for tab in ["a", "b"] { try await browser.until(tab, "sluice.state === 'signed-out'") }
                #expect(try await Self.publish("1", gateway) == 0)
                try await browser.run("a", "await sluice.refresh()")
                for tab in ["a", "b"] { try await browser.until(tab, "sluice.state === 'live'") }
                #expect(try await Self.publish("2", gateway) == 1)
                for tab in ["a", "b"] { try await browser.until(tab, "seen.includes('2')") }
            }
        }

        // MARK: Tabs

        @Test(arguments: ["worker", "locks"], Browser.HTTPVersion.allCases)
        func eightTabsShareOneStreamAndNoneIsNeeded(mode: String, version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                var tabs = (1...8).map { "tab\($0)" }
                for tab in tabs {
                    try await Self.open(tab, browser, "&share=\(mode)")
                    #expect(try await browser.run(tab, "return sluice.mode") == mode)
                }
                #expect(try await Self.publish("1", gateway) == 1)
                #expect(try await gateway.metrics().streams == 1)
                for tab in tabs { try await browser.until(tab, "seen.length > 0") }
                // The first holds the lock. What is published while nobody does has to come too.
                try await browser.close(tabs.removeFirst())
                for data in ["2", "3", "4"] { _ = try await Self.publish(data, gateway) }
                for tab in tabs {
                    try await browser.until(tab, "seen.length >= 4")
                    #expect(try await browser.seen(tab) == ["1", "2", "3", "4"], "\(tab)")
                }
                #expect(try await gateway.metrics().streams == 1)
            }
        }

        @Test func tabsThatCanShareNothingHaveAStreamEach() async throws {
            try await Browser.run { gateway, browser in
                for tab in ["a", "b"] { try await Self.open(tab, browser, "&share=none") }
                #expect(try await Self.publish("1", gateway) == 2)
                for tab in ["a", "b"] { try await browser.until(tab, "seen.join() === '1'") }
            }
        }

        @Test(arguments: ["worker", "locks"])
        func aTabBringsTheNamesOfItsEvents(mode: String) async throws {
            try await Browser.run { gateway, browser in
                try await Self.open("a", browser, "&share=\(mode)&name=other")
                try await Self.open("b", browser, "&share=\(mode)")
                #expect(try await Self.publish("1", gateway) == 1)
                try await browser.until("b", "seen.join() === '1'")
                #expect(try await browser.seen("a") == [])
            }
        }

        // MARK: Nothing lost, nothing twice

        @Test(arguments: Browser.ways)
        func aPageLoadMissesNothing(mode: String, version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                for tab in ["a", "b"] { try await Self.open(tab, browser, "&share=\(mode)") }
                _ = try await Self.publish("1", gateway)
                for tab in ["a", "b"] { try await browser.until(tab, "seen.length === 1") }
                try await browser.leavePage("b")
                for data in ["2", "3"] { _ = try await Self.publish(data, gateway) }
                try await browser.until("a", "seen.length === 3")
                try await Self.open("b", browser, "&share=\(mode)")
                _ = try await Self.publish("4", gateway)
                try await browser.until("b", "seen.length >= 3")
                #expect(try await browser.seen("b") == ["2", "3", "4"])
                try await browser.until("a", "seen.length >= 4")
                #expect(try await browser.seen("a") == ["1", "2", "3", "4"])
            }
        }

        @Test func aGapIsToldAndThePageIsBehindUntilItHasCaughtUp() async throws {
            let sites = try freePorts(2)
            let first = try await Gateway.start(Browser.settings(sites))
            let browser = try await Browser.start(first, sites: sites)
            for tab in ["a", "b"] { try await Self.open(tab, browser, "") }
            _ = try await Self.publish("1", first)
            for tab in ["a", "b"] { try await browser.until(tab, "seen.length === 1") }
            try await first.stop()
            // Its log was in memory: another one begins.
            let second = try await Gateway.start(Browser.settings(sites), ports: [first.port, first.adminPort])
            for tab in ["a", "b"] {
                try await browser.until(tab, "sluice.state === 'behind'")
                #expect(try await browser.seen(tab) == ["1", "gap epoch"])
            }
            try await browser.run("a", "sluice.caughtUp()")
            #expect(try await browser.run("a", "return sluice.state") == "live")
            #expect(try await browser.run("b", "return sluice.state") == "behind")
            try await browser.end()
            try await second.stop()
        }
    }
}
