// Promise: a page that has had no event yet loses nothing either, when its stream has to be opened anew: a stream that
// begins live says where it does (`sluice.open`).

import Testing

extension Outside {
    @Suite struct PageFirstEventTests {
        @Test func theFirstEventComesThroughARestart() async throws {
            let (workspace, sites) = (try Workspace(), try freePorts(2))
            let settings = Browser.settings(sites).overridden(by: [
                "log.kind": "sqlite", "log.path": workspace.path("events.db"),
            ])
            let first = try await Gateway.start(settings)
            let browser = try await Browser.start(first, sites: sites)
            for mode in ["worker", "locks", "none"] { try await browser.connect(mode, "&share=\(mode)") }
            try await browser.run("none", "leave()")
            try await first.stop()
            let second = try await Gateway.start(settings, ports: [first.port, first.adminPort])
            try await second.comment("1")
            try await browser.run("none", "comeBack()")
            for mode in ["worker", "locks", "none"] { try await browser.until(mode, "seen.join() === '1'") }
            try await browser.end()
            try await second.stop()
        }

        @Test func theFirstEventComesThroughAChangeOfTheLeadingTab() async throws {
            try await Browser.run { gateway, browser in
                for tab in ["a", "b"] { try await browser.connect(tab, "&share=locks") }
                try await browser.until("b", "sluice.lastEventId !== ''")
                try await browser.close("a")
                try await gateway.comment("1")
                try await browser.until("b", "seen.join() === '1'")
            }
        }

        @Test func aPageThatAsksForItByNameGetsIt() async throws {
            try await Browser.run { _, browser in
                try await browser.connect("a", "&share=none&name=sluice.open")
                try await browser.until("a", "seen.length === 1")
                #expect(try await browser.run("a", "return sluice.lastEventId !== ''") == "true")
            }
        }
    }
}
