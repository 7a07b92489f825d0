// Promise: an administrator sees who is connected, in pages, and ends streams: a page that should not come back does
// not, one that may does.

import Foundation
import Testing

extension Outside {
    @Suite struct ConnectedTests {
        private static func command(_ gateway: Gateway, _ arguments: [String]) async throws -> Child {
            try Child(
                Package.program(), arguments,
                environment: [
                    "SLUICE_URL": gateway.url, "SLUICE_CA": gateway.certificates.authority,
                    "SLUICE_TOKEN": try await gateway.token("root", "--admin"),
                ], in: gateway.workspace)
        }

        @Test func everyUserIsOnOnePageWhileEventsGoOn() async throws {
            try await Gateway.run { gateway in
                let bench = try Child(
                    Package.program(),
                    [
                        "bench", "--url", gateway.url, "--ca", gateway.certificates.authority, "--keys",
                        gateway.certificates.tokenKeys, "--streams", "1100", "--users", "1100", "--duration", "4s",
                        "--rate", "200", "--http2", "--streams-per-connection", "50", "--json",
                    ], in: gateway.workspace)
                try await gateway.metric("sluice_streams", reaches: 1100)
                let listed = try await Self.command(gateway, ["users"]).succeeded()
                let lines = JSONLine.all(in: listed)
                #expect(Set(lines.compactMap { $0.text("user") }) == Set((0..<1100).map { "bench-\($0)" }))
                #expect(lines.count == 1100 && lines.allSatisfy { $0.number("streams") == 1 })
                let report = try await bench.succeeded()
                #expect(report.contains(#""flawless":true"#) || report.contains(#""flawless" : true"#), "\(report)")
            }
        }

        @Test func aStreamIsShownAndKicked() async throws {
            try await Gateway.run { gateway in
                let token = try await gateway.token("al ice/1", "--subscribe", "news")
                let streams = try await [
                    gateway.open(token, query: "?topic=news", at: nil, "--user-agent", "my page/1.0", "--http1.1"),
                    gateway.open(token),
                ]
                let listed = try await Self.command(gateway, ["users", "al ice/1"]).succeeded()
                let lines = JSONLine.all(in: listed)
                #expect(lines.compactMap { $0.text("httpVersion") }.sorted() == ["1.1", "2"])
                #expect(lines.allSatisfy { $0.text("address") == "127.0.0.1" })
                let page = try #require(lines.first { $0.text("agent") == "my page/1.0" })
                #expect(listed.contains(#""topics":["news"]"#))
                let name = try #require(page.text("stream"))
                let one = try await Self.command(gateway, ["kick", "al ice/1", "--stream", name, "--retry"]).succeeded()
                #expect(one == "{\"streamsEnded\":1}\n")
                #expect(try await streams[0].ended(within: .seconds(2)) == 0)
                #expect(streams[0].events.last?.data?.contains(#""code":"disconnected""#) == true)
                #expect(streams[0].events.last?.data?.contains(#""retryable":true"#) == true)
                let all = try await Self.command(gateway, ["kick", "al ice/1"]).succeeded()
                #expect(all == "{\"streamsEnded\":1}\n")
                #expect(try await streams[1].ended(within: .seconds(2)) == 0)
                #expect(streams[1].events.last?.data?.contains(#""retryable":false"#) == true)
            }
        }

        @Test(arguments: Browser.ways)
        func aKickedPageComesBackOnlyIfItMay(mode: String, version: Browser.HTTPVersion) async throws {
            try await Browser.run([:], version) { gateway, browser in
                try await browser.connect("a", "&share=\(mode)&name=sluice.rejected")
                #expect(try await Self.command(gateway, ["kick", "alice", "--retry"]).succeeded().contains(":1"))
                try await browser.until("a", "seen.includes('rejected disconnected')")
                try await browser.until("a", "sluice.state === 'live' && states.filter((s) => s === 'live').length > 1")
                #expect(try await Self.command(gateway, ["kick", "alice"]).succeeded().contains(":1"))
                try await browser.until("a", "sluice.state === 'closed'")
                // Longer than three of its waits (`stream.retry`).
                try await browser.run("a", "await new Promise((done) => setTimeout(done, 1800))")
                #expect(try await gateway.comment("none") == 0)
                #expect(try await browser.run("a", "return sluice.state") == "closed")
            }
        }

        @Test func aPageWhoseTokenIsRevokedSignsInAnew() async throws {
            try await Browser.run { gateway, browser in
                try await browser.connect("a", "&share=none")
                // `iat` is in seconds: the page's next token is of a later one.
                try await browser.run("a", "await new Promise((done) => setTimeout(done, 1100))")
                let before = Int(Date().timeIntervalSince1970)
                let child = try await Self.command(
                    gateway, ["revoke", "--sub", "alice", "--issued-before", "\(before)"])
                #expect(try await child.succeeded().contains(":1"))
                try await browser.until("a", "seen.includes('rejected token-revoked')")
                try await browser.until("a", "sluice.state === 'live'")
                try await gateway.comment("again")
                try await browser.until("a", "seen.includes('again')")
            }
        }
    }
}
