// Promise: what a publisher gives as data, event and id arrives as the event-stream grammar says, unchanged.

import Testing

extension Outside {
    @Suite struct EventTextTests {
        @Test func dataArrivesLineByLineAndUnchanged() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let backend = try await gateway.backendToken()
                let sent: [(json: String, arrives: String)] = [
                    (#""one line""#, "one line"), (#""a\nb\r\nc\rd""#, "a\nb\nc\nd"), (#""""#, ""),
                    (#"" leading space""#, " leading space"), (#""data: no field""#, "data: no field"),
                    (#""é ✓ \uD83D\uDE00""#, "é ✓ 😀"),
                    (#"{"a":[1,2.50,null],"b":"x y"}"#, #"{"a":[1,2.50,null],"b":"x y"}"#),
                    ("[1, 2]", "[1, 2]"), ("17", "17"), ("null", "null"), ("true", "true"),
                ]
                for (json, _) in sent {
                    let answer = try await gateway.publish(#"{"to":{"user":"alice"},"data":\#(json)}"#, token: backend)
                    #expect(answer.status == 200, "\(json): \(answer.body)")
                }
                try await stream.events(sent.count)
                #expect(stream.data == sent.map(\.arrives))
                stream.close()
            }
        }

        @Test func idsNameOneEpochAndRise() async throws {
            try await Gateway.run { gateway in
                let stream = try await gateway.open(gateway.token("alice"))
                let backend = try await gateway.backendToken()
                for number in 1...5 {
                    _ = try await gateway.publish(#"{"to":{"user":"alice"},"data":\#(number)}"#, token: backend)
                }
                let ids = try await stream.events(5).map { $0.id ?? "" }
                let parts = ids.map { $0.split(separator: "-") }
                #expect(parts.allSatisfy { $0.count == 2 && $0[0] == parts[0][0] }, "\(ids)")
                let sequence = parts.compactMap { Int($0.last ?? "") }
                #expect(sequence == sequence.sorted() && Set(sequence).count == 5, "\(ids)")
                stream.close()
            }
        }

        @Test(arguments: ["1.1", "2"])
        func aStreamStartsAtOnceWithItsFieldsAndRetryTime(version: String) async throws {
            try await Gateway.run(["stream.retry": "7s"]) { gateway in
                let stream = try await gateway.open(gateway.token("alice"), "--include", "--http\(version)")
                let text = stream.child.output.lowercased()
                #expect(text.hasPrefix("http/\(version) 200"))
                #expect(text.contains("content-type: text/event-stream"))
                #expect(text.contains("cache-control: no-store, no-transform"))
                #expect(text.contains("x-accel-buffering: no"))
                try await eventually("the retry time") { stream.child.output.contains("retry: 7000") }
                stream.close()
            }
        }
    }
}
