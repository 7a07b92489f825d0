// Promise: the readers that the article on pages shows work as they stand there.

import Foundation
import Testing

extension Outside {
    @Suite struct RecipeTests {
        private static func article() throws -> String {
            try String(
                contentsOfFile: Package.path("Sources/GatewayServer/Documentation.docc/Browsers.md"), encoding: .utf8)
        }

        /// The block behind the article's mark, as a module in the test's folder.
        private static func module(in workspace: Workspace) throws -> String {
            let article = try article()
            let mark = try #require(article.range(of: "<!-- test: module read-events.mjs -->\n```js\n"))
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
                let reader = try Self.read(gateway, tokens: tokens.joined(separator: ","), count: 4)
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

        /// The article's first block of JavaScript that contains a text, with this gateway in the place of the article's.
        private static func recipe(with text: String, for gateway: Gateway) throws -> String {
            let blocks = try article().components(separatedBy: "```js\n").dropFirst()
                .compactMap { $0.components(separatedBy: "```").first }
            let recipe = try #require(blocks.first { $0.contains(text) }, "Browsers.md shows no \(text)")
            return recipe.replacing("https://events.example.com", with: gateway.url)
        }

        private static func follow(_ text: String, _ gateway: Gateway, _ browser: Browser, _ query: String) async throws
        {
            try await browser.open("a", "recipe.html", query)
            let recipe = try JSONEncoder().encode(recipe(with: text, for: gateway))
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
