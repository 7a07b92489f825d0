// Promise: the reader that the article on pages shows works as it stands there.

import Foundation
import Testing

extension Outside {
    @Suite struct RecipeTests {
        /// The block behind the article's mark, as a module in the test's folder.
        private static func module(in workspace: Workspace) throws -> String {
            let path = Package.path("Sources/GatewayServer/Documentation.docc/Browsers.md")
            let article = try String(contentsOfFile: path, encoding: .utf8)
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
    }
}
