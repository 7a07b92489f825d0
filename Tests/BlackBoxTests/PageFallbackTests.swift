// Promise: whatever a browser, or a page's policy, does not allow of the ways to share a stream, the page has its
// stream by the next way; also when the one that holds it for all has gone silent.

import Testing

extension Outside {
    @Suite struct PageFallbackTests {
        @Test func whatIsNotAllowedIsDoneWithout() async throws {
            try await Browser.run { gateway, browser in
                let cases = [
                    ("", "worker"), ("&worker=/nowhere.js", "locks"), ("&csp=1", "locks"),
                    ("&worker=/nowhere.js&locks=denied", "tab"), ("&share=locks&locks=none", "tab"),
                    ("&share=none", "tab"),
                ]
                for (number, (query, mode)) in cases.enumerated() {
                    let tab = "tab\(number)"
                    try await browser.connect(tab, query)
                    #expect(try await browser.run(tab, "return sluice.mode") == mode, "\(query)")
                }
                // The two that share by locks share one.
                #expect(try await gateway.comment("1") == cases.count - 1)
                for number in cases.indices { try await browser.until("tab\(number)", "seen.join() === '1'") }
            }
        }

        /// Nothing that it says is heard any more: as if it were frozen.
        private static let silence = "BroadcastChannel.prototype.postMessage = () => {}"

        @Test func aSilentHolderOfTheStreamIsReplaced() async throws {
            try await Browser.run { gateway, browser in
                for tab in ["a", "b"] { try await browser.connect(tab, "&share=locks") }
                try await browser.run("a", Self.silence)
                try await browser.run("b", "dispatchEvent(new Event('online'))")
                try await browser.connect("c", "&share=worker")
                try await browser.run("c", "MessagePort.prototype.postMessage = () => {}")
                try await browser.run("c", "dispatchEvent(new Event('online'))")
                try await browser.until("c", "sluice.mode === 'locks' && sluice.state === 'live'")
                try await gateway.comment("1")
                for tab in ["b", "c"] { try await browser.until(tab, "seen.join() === '1'") }
                // The tab that was silent has given way; the worker that was goes with its page.
                try await browser.close("c")
                try await eventually("one stream") { try await gateway.metrics().streams == 1 }
                #expect(try await gateway.comment("2") == 1)
                try await browser.until("b", "seen.length === 2")
            }
        }

        @Test func aFrozenTabIsNotWaitedForUntilTheTokenHasEnded() async throws {
            try await Browser.run { gateway, browser in
                for tab in ["a", "b"] { try await browser.connect(tab, "&share=worker&seconds=10") }
                // The one that came last is asked first.
                try await browser.run("b", "MessagePort.prototype.postMessage = () => {}")
                try await browser.until("a", "tokens === 2")
                try await browser.run("a", "await new Promise((done) => setTimeout(done, 4000))")
                #expect(try await gateway.comment("1") == 1)
                try await browser.until("a", "seen.includes('1')")
                #expect(try await gateway.metrics().sum("sluice_streams_opened_total") == 1)
            }
        }
    }
}
