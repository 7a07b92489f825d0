// Promise: while the gateway is cut off from its log, who listens is told so within seconds, and told when it is over:
// no page shows what is old as if it were new.

import Foundation
import Testing

extension Outside {
    @Suite struct DelayedTests {
        /// A gateway whose log's file can be taken away: nothing can be published then, until it is back.
        private struct Outage {
            private let workspace: Workspace
            private let file: String
            let settings: Settings

            init(in workspace: Workspace) {
                self.workspace = workspace
                file = workspace.path("events.db")
                settings = [
                    "log.kind": "sqlite", "log.path": file, "log.durability": "normal", "log.stale_after": "300ms",
                ]
            }

            func begin() throws { try FileManager.default.moveItem(atPath: file, toPath: file + ".away") }
            func end() throws { try FileManager.default.moveItem(atPath: file + ".away", toPath: file) }
        }

        // MARK: The wire, and the command line

        @Test func streamsAreToldOfAnOutageAndOfItsEnd() async throws {
            let outage = Outage(in: try Workspace())
            try await Gateway.run(outage.settings) { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                try await gateway.metric("sluice_streams", reaches: 1)
                let began = Date()
                try outage.begin()
                let delayed = try #require(try await stream.events(1).first)
                #expect(delayed.event == "sluice.delayed" && delayed.id == nil, "\(delayed)")
                let since = try #require(JSONLine.all(in: delayed.data ?? "").first?.text("since"))
                let time = try Date(since, strategy: .iso8601)
                #expect(time >= began - 2 && time <= Date(), "\(since)")

                let late = try await gateway.open(gateway.token("alice"))
                #expect(try await late.events(1).first == delayed, "who comes meanwhile is told at once")
                try await eventually("both are counted") {
                    try await gateway.metrics().sum("sluice_streams_delayed") == 2
                }

                try outage.end()
                for told in [stream, late] {
                    #expect(try await told.events(2).last == SeenEvent(id: nil, event: "sluice.current", data: "{}"))
                }
                try await eventually("nobody is delayed") {
                    try await gateway.metrics().sum("sluice_streams_delayed") == 0
                }
                try await gateway.comment("1")
                for told in [stream, late] { #expect(try await told.events(3).map(\.data).last == "1") }
                for told in [stream, late] { told.close() }
            }
        }

        @Test func listenSaysBothInEachForm() async throws {
            let outage = Outage(in: try Workspace())
            try await Gateway.run(outage.settings) { gateway in
                let environment = try await [
                    "SLUICE_URL": gateway.url, "SLUICE_CA": gateway.certificates.authority,
                    "SLUICE_TOKEN": gateway.token("alice"),
                ]
                let listeners = try [[], ["--json"]].map {
                    try Child(
                        Package.program(), ["listen", "--count", "1"] + $0, environment: environment,
                        in: gateway.workspace)
                }
                try await gateway.metric("sluice_streams", reaches: 2)
                try outage.begin()
                for listener in listeners {
                    try await eventually("sluice.delayed", otherwise: { listener.transcript }) {
                        listener.output.contains("sluice.delayed") && listener.errors.contains("delayed: the gateway")
                    }
                }
                try outage.end()
                for listener in listeners {
                    try await eventually("sluice.current", otherwise: { listener.transcript }) {
                        listener.output.contains("sluice.current") && listener.errors.contains("current: the gateway")
                    }
                }
                // Neither is an event of somebody's: one is still to come.
                try await gateway.comment("1")
                for listener in listeners {
                    #expect(try await listener.succeeded().contains("comment"))
                    #expect(!listener.errors.contains("reconnecting"), "\(listener.transcript)")
                }
                let names = Subscription.events(in: listeners[0].output).map(\.event)
                #expect(names == ["sluice.delayed", "sluice.current", "comment"])
                let lines = JSONLine.all(in: listeners[1].output).map { $0.text("event") }
                #expect(lines == ["sluice.delayed", "sluice.current", "comment"])
            }
        }

        // MARK: Pages

        @Test(arguments: Browser.ways)
        func allTabsOfAPageShowIt(mode: String, version: Browser.HTTPVersion) async throws {
            let outage = Outage(in: try Workspace())
            try await Browser.run(outage.settings, version) { gateway, browser in
                for tab in ["a", "b"] { try await browser.connect(tab, "&share=\(mode)") }
                #expect(try await browser.run("a", "return sluice.delayedSince === undefined") == "true")
                try outage.begin()
                for tab in ["a", "b"] {
                    try await browser.until(tab, "sluice.state === 'delayed'")
                    #expect(try await browser.run(tab, "return Date.now() - sluice.delayedSince < 60_000") == "true")
                }
                // One that comes meanwhile shares what the others know, or is told by the gateway.
                try await browser.connect("c", "&share=\(mode)", until: "delayed")
                // A stream that is opened anew does not lose what it was told: the tab that held it goes.
                try await browser.close("a")
                for tab in ["b", "c"] { try await browser.until(tab, "sluice.state === 'delayed'") }

                try outage.end()
                for tab in ["b", "c"] {
                    try await browser.until(tab, "sluice.state === 'live'")
                    #expect(try await browser.run(tab, "return sluice.delayedSince === undefined") == "true")
                }
                try await gateway.comment("1")
                for tab in ["b", "c"] { try await browser.until(tab, "seen.join() === '1'") }
                try await eventually("nobody is delayed") {
                    try await gateway.metrics().sum("sluice_streams_delayed") == 0
                }
            }
        }

        @Test func aGapComesBeforeADelayAndNeitherIsForgotten() async throws {
            let outage = Outage(in: try Workspace())
            try await Browser.run(outage.settings) { gateway, browser in
                try await browser.connect("a", "&share=none")
                try await gateway.comment("1")
                try await browser.until("a", "seen.length === 1")
                try outage.begin()
                try await browser.until("a", "sluice.state === 'delayed'")
                // Its place is one that the log never had, as of a log that was lost.
                try await browser.run(
                    "a", "for (const key of Object.keys(sessionStorage)) sessionStorage[key] = 'lost-7'")
                try await browser.open("a", "sluice.html", "&share=none")
                try await browser.until("a", "sluice.state === 'behind' && sluice.delayedSince")
                try await browser.run("a", "sluice.caughtUp()")
                #expect(try await browser.run("a", "return sluice.state") == "delayed")
                try outage.end()
                try await browser.until("a", "sluice.state === 'live'")
            }
        }
    }
}
