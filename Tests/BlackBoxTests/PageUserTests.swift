// Promise: pages of two users that share a browser, and so a cookie, never get each other's events, however one user
// follows the other, and whether or not tabs share their stream.

import Testing

extension Outside {
    @Suite struct PageUserTests {
        @Test(arguments: Browser.ways)
        func usersOfOneBrowserNeverMix(mode: String, version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                for tab in ["a", "b"] { try await browser.connect(tab, "&share=\(mode)") }
                try await gateway.comment("hers")
                for tab in ["a", "b"] { try await browser.until(tab, "seen.join() === 'hers'") }
                // In one tab bob follows alice, who has not signed out.
                try await browser.run("a", "localStorage.user = 'bob'")
                try await browser.connect("a", "&share=\(mode)")
                try await browser.until("b", "sluice.state === 'signed-out'")
                #expect(try await gateway.comment("secret") == 0)
                #expect(try await gateway.comment("his", to: "bob") == 1)
                try await browser.until("a", "seen.includes('his')")
                // What alice's page is given now is bob's token.
                #expect(
                    try await browser.run("b", "return sluice.refresh().catch((error) => error.message.slice(0, 10))")
                        == "other-user")
                #expect(try await gateway.comment("still his", to: "bob") == 1)
                try await browser.until("a", "seen.includes('still his')")
                #expect(try await browser.seen("a") == ["his", "still his"])
                // When the holder of their stream is the one that goes, hers may ask anew, and be refused.
                #expect(try await browser.seen("b").filter { !$0.hasPrefix("rejected ") } == ["hers"])
            }
        }

        @Test(arguments: Browser.ways)
        func aPageThatComesBackToAnotherUsersCookieGetsNothing(mode: String, version: Browser.HTTPVersion) async throws
        {
            try await Browser.run([:], version) { gateway, browser in
                try await browser.connect("a", "&share=\(mode)&name=sluice.rejected")
                try await browser.run("a", "leave(); await post('bob'); comeBack()")
                try await browser.until("a", "sluice.state === 'signed-out'")
                #expect(try await gateway.comment("his", to: "bob") == 0)
                #expect(try await browser.seen("a").contains("rejected other-user"))
                // The refusal's id has a mark, which is no place to go on from.
                #expect(try await browser.run("a", "return sluice.lastEventId.includes('~')") == "false")
                // A page that says whose it is believes neither the cookie nor a token.
                try await browser.run("a", "localStorage.user = 'bob'")
                try await browser.connect("a", "&share=\(mode)&as=alice", until: "signed-out")
                #expect(try await browser.seen("a") == ["rejected other-user"])
                #expect(try await browser.run("a", "return states.includes('live')") == "false")
                try await browser.run("a", "localStorage.user = 'alice'; await sluice.refresh()")
                try await browser.until("a", "sluice.state === 'live'")
                #expect(try await gateway.comment("hers") == 1)
                try await browser.until("a", "seen.includes('hers')")
            }
        }
    }
}
