// Promise: what a page signs in stays signed in as long as it gives tokens and no longer, and who signs out is signed
// out, whatever else is under way in that moment.

import Testing

extension Outside {
    @Suite struct PageSignInTests {
        /// What a plain subscribe is answered with the cookie that is there: the status.
        private static let subscribe = """
            const stop = new AbortController()
            const url = new URLSearchParams(location.search).get('gate') + '/v1/stream'
            const { status } = await fetch(url, { credentials: 'include', signal: stop.signal })
            stop.abort()
            return status
            """

        @Test(arguments: ["worker", "none"])
        func aSignInThatIsUnderWayDoesNotUndoASignOut(mode: String) async throws {
            try await Browser.run { gateway, browser in
                try await browser.connect("a", "&share=\(mode)")
                try await browser.run(
                    "a",
                    """
                    window.ask = () => new Promise((done) => setTimeout(done, 1000))
                    const refreshed = sluice.refresh().catch(() => {})
                    await new Promise((done) => setTimeout(done, 300))
                    await sluice.signOut()
                    await refreshed
                    """)
                #expect(try await browser.run("a", Self.subscribe) == "401")
                #expect(try await browser.run("a", "return sluice.state") == "signed-out")
                #expect(try await gateway.comment("1") == 0)
            }
        }

        @Test func parallelFirstSignInsAreOneSession() async throws {
            try await Browser.run { gateway, browser in
                try await browser.connect("a", "&share=none")
                try await browser.run("a", "await sluice.signOut()")
                try await browser.run("a", "window.all = [open(), open(), open()]")
                try await browser.until("a", "all.every(({ state }) => state === 'live')")
                #expect(try await gateway.comment("1") == 3)
                try await browser.run("a", "await all[0].signOut()")
                try await browser.until("a", "all.every(({ state }) => state === 'signed-out')")
                #expect(try await gateway.metrics().streams == 0)
            }
        }

        /// Without Web Locks, tabs may each begin a session at the same time.
        @Test func aStreamOfALostSessionIsOpenedAnew() async throws {
            try await Browser.run { _, browser in
                try await browser.connect("a", "&share=none")
                try await browser.run(
                    "a", "window.answered = (answer) => ({ ...answer, extended: 0 }); await sluice.refresh()")
                try await browser.until("a", "attempts.length === 2 && sluice.state === 'live'")
            }
        }

        @Test func withoutAnotherTokenThePageIsToldThatItsOwnHasEnded() async throws {
            try await Browser.run { gateway, browser in
                try await browser.connect("a", "&share=worker&seconds=4&tokens=1")
                try await browser.until("a", "sluice.state === 'signed-out'")
                let seen = try await browser.seen("a")
                #expect(seen.contains("expiring ") && seen.contains("rejected token-expired"), "\(seen)")
                #expect(try await gateway.metrics().streams == 0)
                // It does not ask for ever.
                #expect(try await browser.run("a", "return tokens <= 4") == "true")
            }
        }

        @Test func aTokenCallbackThatHangsIsAskedAgain() async throws {
            try await Browser.run { gateway, browser in
                try await browser.connect("a", "&share=none&hangs=1&hurry=15000")
                try await browser.run("a", "await sluice.refresh()")
                #expect(try await gateway.comment("1") == 1)
            }
        }

        @Test func aSessionWithoutTimeLeftIsNotRenewedWithoutPause() async throws {
            try await Browser.run { _, browser in
                try await browser.connect("a", "&share=none")
                let count = try await browser.run(
                    "a",
                    """
                    window.answered = (answer) => ({ ...answer, expiresIn: 0 })
                    await sluice.refresh()
                    const before = tokens
                    await new Promise((done) => setTimeout(done, 2500))
                    return tokens - before
                    """)
                #expect((1...3).contains(Int(count) ?? 0), "\(count)")
            }
        }

        @Test func aPageThatSignsInByItselfIsBackWhenItSaysSo() async throws {
            try await Browser.run { gateway, browser in
                try await browser.connect("a", "&share=worker&alone")
                try await browser.run("a", "await sluice.signOut()")
                try await browser.until("a", "sluice.state === 'signed-out'")
                #expect(try await gateway.comment("1") == 0)
                try await browser.run("a", "await post('alice'); await sluice.refresh()")
                try await browser.until("a", "sluice.state === 'live'")
                #expect(try await gateway.comment("2") == 1)
                try await browser.until("a", "seen.includes('2')")
            }
        }
    }
}
