// Promise: when `session.same_site` was changed, and a real browser keeps a partitioned and an unpartitioned session
// cookie, nobody gets another's stream, one sign-in leaves one cookie, and signing out leaves none.

import Testing

extension Outside {
    @Suite struct PageCookieTests {
        /// Runs a test in a browser that alice has signed in with by a gateway of `lax`, in whose place there is one of
        /// `none`.
        private static func run(
            _ test: (Gateway, Browser, _ hers: String) async throws -> Void
        ) async throws {
            let sites = try freePorts(2)
            let settings = Browser.settings(sites)
            let former = try await Gateway.start(settings.overridden(by: ["session.same_site": "lax"]))
            let browser = try await Browser.start(former, sites: sites)
            try await browser.open("a", "plain.html")
            #expect(try await browser.run("a", "return signIn('alice')") == "200")
            let kept = try await browser.cookies()
            #expect(kept.map(\.isPartitioned) == [false] && kept.first?.sameSite == "Lax", "\(kept)")
            try await former.stop()
            let gateway = try await Gateway.start(
                settings.overridden(by: ["session.same_site": "none"]), ports: [former.port, former.adminPort])
            try await test(gateway, browser, try #require(kept.first).value)
            try await browser.end()
            try await gateway.backToBaseline()
            try await gateway.stop()
        }

        @Test func oneSignInLeavesOneCookie() async throws {
            try await Self.run { gateway, browser, _ in
                #expect(try await browser.run("a", "return signIn('bob')") == "200")
                let kept = try await browser.cookies()
                #expect(kept.map(\.isPartitioned) == [true], "\(kept)")
                try await browser.run("a", "subscribe()")
                try await browser.until("a", "source.readyState === 1")
                #expect(try await gateway.comment("his", to: "bob") == 1)
                #expect(try await gateway.comment("hers", to: "alice") == 0)
                try await browser.until("a", "seen.includes('comment his')")
            }
        }

        @Test func twoOfDifferentUsersAreRefusedAndSigningOutLeavesNone() async throws {
            try await Self.run { gateway, browser, hers in
                #expect(try await browser.run("a", "return signIn('bob')") == "200")
                // As a gateway left it that did not clear the other kind.
                try await browser.plant(cookie: hers)
                #expect(try await browser.cookies().count == 2)
                try await browser.run("a", "subscribe('?refusals=event')")
                try await browser.until("a", "seen.includes('sluice.rejected cookies-disagree')")
                try await browser.run("a", "source.close()")
                #expect(try await gateway.comment("hers", to: "alice") == 0)
                #expect(try await browser.run("a", "return signOut()") == "204")
                #expect(try await browser.cookies().isEmpty)
                // Signing in mends it, too.
                #expect(try await browser.run("a", "return signIn('bob')") == "200")
                try await browser.plant(cookie: hers)
                #expect(try await browser.run("a", "return signIn('bob')") == "200")
                #expect(try await browser.cookies().map(\.isPartitioned) == [true])
            }
        }

        @Test func oneThatIsBadHidesNoneThatIsGood() async throws {
            try await Self.run { gateway, browser, hers in
                #expect(try await browser.run("a", "return signIn('alice')") == "200")
                for planted in [hers.prefix { $0 != "." } + ".stale", hers[...]] {
                    try await browser.plant(cookie: String(planted))
                    #expect(try await browser.cookies().count == 2)
                    try await browser.run("a", "subscribe('?refusals=event&user=alice')")
                    try await browser.until("a", "source.readyState === 1")
                    #expect(try await gateway.comment("1", to: "alice") == 1)
                    try await browser.until("a", "seen.includes('comment 1')")
                    try await browser.run("a", "source.close(); seen.length = 0")
                    try await eventually("no stream") { try await gateway.metrics().streams == 0 }
                }
                try await browser.run("a", "subscribe()")
                try await gateway.metric("sluice_streams", reaches: 1)
                #expect(try await browser.run("a", "return signOut()") == "204")
                try await browser.until("a", "seen.includes('sluice.rejected signed-out')")
                #expect(try await browser.cookies().isEmpty)
            }
        }
    }
}
