// Promise: tokens, keys and event data never reach a log line, a metric or an answer.

import Foundation
import Testing

extension Outside {
    @Suite struct SecretTests {
        @Test func nothingSecretIsLoggedEvenAtTheLowestLevel() async throws {
            let settings: Settings = ["logging.level": "trace", "auth.query_token": "true"]
            try await Gateway.run(settings) { gateway in
                let (alice, backend) = try await (gateway.token("alice"), gateway.backendToken())
                let stream = try await gateway.open(alice)
                let answers = try await [
                    gateway.publish(#"{"to":{"user":"alice"},"event":"e","data":"the-secret-data"}"#, token: backend),
                    gateway.publish(#"{"to":{"user":"alice"},"data":"the-secret-data" broken"#, token: backend),
                    gateway.publish(#"{"to":{"everyone":true},"data":"the-secret-data"}"#, token: alice),
                    gateway.request("/v1/stream?topic=x&access_token=\(alice)"),
                    gateway.request("/v1/stream", token: alice + "x"),
                ]
                try await stream.events(1)
                stream.close()
                let keys = try String(contentsOfFile: gateway.certificates.tokenKeys, encoding: .utf8)
                let key = try #require(keys.split(separator: "\"").max { $0.count < $1.count })
                let metrics = try await gateway.admin("/metrics").body
                let seen = [gateway.child.output, gateway.child.errors, metrics] + answers.map(\.body)
                let signatures = [alice, backend].compactMap { $0.split(separator: ".").last.map(String.init) }
                for secret in signatures + ["the-secret-data", String(key)] {
                    #expect(!seen.contains { $0.contains(secret) }, "\(secret.prefix(15))… got out")
                }
            }
        }
    }
}
