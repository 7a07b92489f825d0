// Promise: the readers that the article on pages shows work as they stand there.

import Foundation
import Testing

extension Outside {
    @Suite struct RecipeTests {
        private static let article = "Sources/GatewayServer/Documentation.docc/Browsers.md"

        private static func text(_ file: String) throws -> String {
            try String(contentsOfFile: Package.path(file), encoding: .utf8)
        }

        /// The block behind the article's mark, as a module in the test's folder.
        private static func module(in workspace: Workspace) throws -> String {
            let article = try text(article)
            let mark = try #require(article.range(of: "<!-- test: file read-events.mjs -->\n```js\n"))
            let end = try #require(article.range(of: "```\n", range: mark.upperBound..<article.endIndex))
            return try workspace.write(String(article[mark.upperBound..<end.lowerBound]), to: "read-events.mjs")
        }

        private static func read(_ gateway: Gateway, tokens: String, count: Int) throws -> Child {
            try Child(
                "node",
                [
                    Package.client("read_recipe.mjs"), "--module", module(in: gateway.workspace), "--url", gateway.url,
                    "--tokens", tokens, "--count", "\(count)",
                ], environment: ["NODE_EXTRA_CA_CERTS": gateway.certificates.authority], in: gateway.workspace)
        }

        @Test func theReaderReadsAndResumes() async throws {
            try await Gateway.run(["stream.retry": "100ms", "auth.clock_skew": "0s"]) { gateway in
                let backend = try await gateway.backendToken()
                // The first token ends under the stream, the second one is good.
                let tokens = try await [gateway.token("alice", ttl: "3s"), gateway.token("alice")]
                let reader = try Self.read(gateway, tokens: tokens.joined(separator: ","), count: 5)
                try await gateway.metric("sluice_streams", reaches: 1)
                let first = try await gateway.publish(
                    #"{"to":{"user":"alice"},"event":"note","data":"one\ntwo: ä"}"#, token: backend)
                #expect(first.status == 200)
                try await eventually("the stream's end", otherwise: { reader.transcript }) {
                    reader.output.contains("token-expired")
                }
                for data in ["\"between\"", "{\"a\": 1}"] {
                    let answer = try await gateway.publish(#"{"to":{"user":"alice"},"data":\#(data)}"#, token: backend)
                    #expect(answer.status == 200)
                }
                let lines = JSONLine.all(in: try await reader.succeeded())
                #expect(
                    lines.map { $0.text("type") } == [
                        "note", "sluice.expiring", "sluice.rejected", "message", "message", nil,
                    ])
                #expect(lines.map { $0.text("data") }[0] == "one\ntwo: ä")
                #expect(lines.compactMap { $0.text("data") }.suffix(2) == ["between", "{\"a\": 1}"])
                #expect(lines.last?.text("end") == "left")
            }
        }

        @Test func theReaderEndsWithTheReason() async throws {
            try await Gateway.run(["stream.retry": "100ms"]) { gateway in
                let reader = try Self.read(gateway, tokens: "none", count: 1)
                let lines = JSONLine.all(in: try await reader.succeeded())
                #expect(lines.map { $0.text("end") } == ["refused"])
                #expect(lines.first?.text("reason")?.contains("three parts") == true)
            }
        }

        // MARK: In a browser

        /// A file's first block of JavaScript that contains a text, with this gateway in the place of the file's.
        private static func recipe(with words: String, in file: String, for gateway: Gateway) throws -> String {
            let blocks = try text(file).components(separatedBy: "```js\n").dropFirst()
                .compactMap { $0.components(separatedBy: "```").first }
            let recipe = try #require(blocks.first { $0.contains(words) }, "\(file) shows no \(words)")
            return recipe.replacing("https://events.example.com", with: gateway.url)
                .replacing("https://gate.example", with: gateway.url)
        }

        /// - Parameter prepare: what the page does before it follows the recipe.
        private static func follow(
            _ text: String, in file: String = RecipeTests.article, _ gateway: Gateway, _ browser: Browser,
            _ query: String = "",
            prepare: String = ""
        ) async throws {
            try await browser.open("a", "recipe.html", query)
            try await browser.run("a", prepare)
            let recipe = try JSONEncoder().encode(recipe(with: text, in: file, for: gateway))
            try await browser.run("a", "follow(\(String(decoding: recipe, as: UTF8.self)))")
            try await gateway.metric("sluice_streams", reaches: 1)
        }

        private static func publish(_ number: Int, to audience: String, _ gateway: Gateway) async throws -> Int? {
            try await gateway.publish(
                #"{"to":{\#(audience)},"event":"comment","data":{"number":\#(number)}}"#, token: gateway.backendToken()
            ).json["streams"] as? Int
        }

        @Test func thePlainEventSourceStaysSignedIn() async throws {
            try await Browser.run { gateway, browser in
                try await Self.follow("new EventSource(", gateway, browser, "&seconds=4")
                #expect(try await Self.publish(1, to: #""user":"alice""#, gateway) == 1)
                // The page waits until its first token has ended.
                try await browser.run("a", "await new Promise(done => setTimeout(done, 5000))")
                #expect(try await Self.publish(2, to: #""user":"alice""#, gateway) == 1)
                try await browser.until("a", "seen.length >= 2")
                #expect(try await browser.seen("a") == (1...2).map { #"show {"number":\#($0)}"# })
                #expect(try await gateway.metrics().sum("sluice_streams_opened_total") == 1)
            }
        }

        /// All tabs have one cookie. A page of alice's is never shown what is bob's, also when it comes back by itself.
        @Test(arguments: ["README.md", RecipeTests.article])
        func aPageIsNeverShownTheEventsOfWhoSignsInAfterItsUser(file: String) async throws {
            try await Browser.run { gateway, browser in
                let signIn = """
                    const token = await (await fetch("/event-token", { method: "POST" })).text()
                    await fetch("\(gateway.url)/v1/session", {
                      method: "POST", credentials: "include", headers: { Authorization: `Bearer ${token}` },
                    })
                    """
                try await Self.follow("new EventSource(", in: file, gateway, browser, prepare: signIn)
                try await browser.open("b", "recipe.html", "&user=bob")
                try await browser.run("b", signIn)
                try await gateway.metric("sluice_streams_closed_total", where: "signed", reaches: 1)
                // Longer than three times `stream.retry`: a browser that was going to come again has done so.
                try await browser.run("a", "await new Promise(done => setTimeout(done, 1600))")
                #expect(try await Self.publish(1, to: #""user":"bob""#, gateway) == 0)
                let seen = try await browser.seen("a")
                #expect(!seen.contains { $0.hasPrefix("show") || $0.hasPrefix("error") }, "\(seen)")
            }
        }

        @Test func theModuleReadsUntilItsButtonSignsOut() async throws {
            try await Browser.run { gateway, browser in
                try await Self.follow("import { connect }", gateway, browser, "")
                #expect(try await Self.publish(1, to: #""user":"alice""#, gateway) == 1)
                #expect(try await Self.publish(2, to: #""topic":"news""#, gateway) == 1)
                try await browser.until("a", #"seen.includes('show {"number":2}')"#)
                try await browser.run("a", "signOutButton.click()")
                try await browser.until("a", "seen.includes('light signed-out')")
                #expect(try await Self.publish(3, to: #""user":"alice""#, gateway) == 0)
                let seen = try await browser.seen("a")
                #expect(seen.filter { $0.hasPrefix("show") } == (1...2).map { #"show {"number":\#($0)}"# })
                #expect(seen.contains("light live") && !seen.contains { $0.hasPrefix("error") }, "\(seen)")
            }
        }
    }
}
