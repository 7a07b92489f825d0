// Promise: clients that people use read the stream, and tokens that their libraries issue are accepted.

import Testing

extension Outside {
    @Suite struct ClientLibraryTests {
        @Test(arguments: ["read_httpx.py", "read_sseclient.py"])
        func aPythonLibraryReadsTheStream(script: String) async throws {
            try await Gateway.run { gateway in
                let alice = try await gateway.token("alice")
                let backend = try await gateway.backendToken()
                let reader = try gateway.startClient(script, ["--token", alice, "--count", "3"])
                try await gateway.metric("sluice_streams", reaches: 1)
                for data in [#""first""#, #""two\nlines""#, #"{"é":1}"#] {
                    let body = #"{"to":{"user":"alice"},"event":"comment","data":\#(data)}"#
                    #expect(try await gateway.publish(body, token: backend).status == 200)
                }
                let lines = JSONLine.all(in: try await reader.succeeded())
                #expect(lines.first?.text("type")?.hasPrefix("text/event-stream") == true)
                let events = lines.dropFirst()
                #expect(events.map { $0.text("data") } == ["first", "two\nlines", #"{"é":1}"#])
                #expect(events.allSatisfy { $0.text("event") == "comment" && $0.text("id")?.contains("-") == true })
            }
        }

        @Test func aTokenIssuedByJoserfcOpensAStream() async throws {
            let settings: Settings = ["auth.issuer": "https://issuer.example", "auth.audience": "sluice"]
            try await Gateway.run(settings) { gateway in
                let script = [Package.client("issue_tokens.py"), "--keys", gateway.certificates.tokenKeys]
                let issued = JSONLine.all(
                    in: try await Child(Package.python(), script, in: gateway.workspace).succeeded())
                let token = try #require(issued.first { $0.text("kind") == "good" }?.text("token"))
                let stream = try await gateway.open(token, query: "?topic=news")
                let answer = try await gateway.publish(#"{"to":{"user":"alice"},"data":"hello"}"#, token: token)
                #expect(answer.json["streams"] as? Int == 1)
                try await stream.events(1)
                stream.close()
            }
        }
    }
}
