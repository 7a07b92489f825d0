// Promise: a request that is not exactly right is refused with a problem (RFC 9457) that says what to fix.

import Foundation
import Testing

extension Outside {
    @Suite struct RequestRefusalTests {
        /// Bodies that are no event, and the code of their refusal.
        private static let badBodies: [(body: String, code: String)] = [
            ("", "json-invalid"), ("{", "json-invalid"), ("[]", "publish-invalid"), ("\"x\"", "publish-invalid"),
            (#"{"to":{"user":"alice"},"data":"x"} x"#, "json-invalid"),
            (#"{"to":{"user":"alice"},"to":{"user":"bob"},"data":"x"}"#, "json-invalid"),
            (#"{"to":{"user":"alice"},"data":"\#u{1}"}"#, "json-invalid"),
            (#"{"to":{"user":"alice"},"data":"\uD800"}"#, "json-invalid"),
            (String(repeating: "[", count: 5000), "json-invalid"),
            (#"{"data":"x"}"#, "publish-invalid"), (#"{"to":{},"data":"x"}"#, "publish-invalid"),
            (#"{"to":{"user":"alice"}}"#, "publish-invalid"), (#"{"to":{"user":""},"data":"x"}"#, "publish-invalid"),
            (#"{"to":{"user":"a","everyone":true},"data":"x"}"#, "publish-invalid"),
            (#"{"to":{"everyone":false},"data":"x"}"#, "publish-invalid"),
            (#"{"to":{"user":7},"data":"x"}"#, "publish-invalid"), (#"{"to":"alice","data":"x"}"#, "publish-invalid"),
            (#"{"to":{"user":"alice"},"data":"x","event":"a\nb"}"#, "publish-invalid"),
            (#"{"to":{"user":"alice"},"data":"x","event":"a\rb"}"#, "publish-invalid"),
            (#"{"to":{"user":"alice"},"data":"x","event":"a\u0000b"}"#, "publish-invalid"),
            (#"{"to":{"user":"alice"},"data":"x","event":"sluice.gap"}"#, "publish-invalid"),
            (#"{"to":{"user":"alice"},"data":"x","ttl":-1}"#, "publish-invalid"),
            (#"{"to":{"user":"alice"},"data":"x","tttl":60}"#, "publish-invalid"),
        ]

        @Test func aBodyThatIsNoEventIsRefused() async throws {
            try await Gateway.run { gateway in
                let backend = try await gateway.backendToken()
                for (body, code) in Self.badBodies {
                    let file = try gateway.workspace.write(body, to: "body")
                    let answer = try await gateway.publish("@" + file, token: backend)
                    #expect(answer.status == 400, "\(body.prefix(80)): \(answer.body)")
                    #expect(answer.code == code, "\(body.prefix(80)): \(answer.body)")
                    #expect((answer.detail ?? "").count > 15, "\(body.prefix(80)): \(answer.body)")
                }
                #expect(try await gateway.metrics().sum("sluice_events_total") == 0)
            }
        }

        @Test func badUTF8IsRefused() async throws {
            try await Gateway.run { gateway in
                let file = gateway.workspace.path("body")
                let bytes = Array(#"{"to":{"user":"alice"},"data":""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8)
                try bytes.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: file)) }
                let answer = try await gateway.publish("@" + file, token: gateway.backendToken())
                #expect(answer.status == 400)
                #expect(answer.code == "json-invalid")
                #expect(answer.detail?.contains("UTF-8") == true, "\(answer.body)")
            }
        }

        @Test func aBodyOverTheLimitIsRefusedAndTheLimitNamed() async throws {
            try await Gateway.run(["limits.request_body": "4KiB", "limits.event": "1KiB"]) { gateway in
                let backend = try await gateway.backendToken()
                for (size, isChunked, code) in [
                    (8000, false, "body-too-large"), (8000, true, "body-too-large"), (2000, false, "event-too-large"),
                ] {
                    let body = #"{"to":{"user":"alice"},"data":"\#(String(repeating: "x", count: size))"}"#
                    let extra = isChunked ? "Transfer-Encoding: chunked" : "X-Nothing: 1"
                    let answer = try await gateway.request(
                        "/v1/publish", "--header", "Content-Type: application/json", "--header", extra,
                        "--data-binary", body, token: backend)
                    #expect(answer.status == 413, "\(size): \(answer.body)")
                    #expect(answer.code == code, "\(size): \(answer.body)")
                    #expect(answer.detail?.contains("limits.") == true, "\(size): \(answer.body)")
                }
            }
        }

        @Test func aHeadOverTheLimitIsRefused() async throws {
            try await Gateway.run(["limits.request_head": "4KiB", "auth.token_bytes": "2KiB"]) { gateway in
                let long = String(repeating: "x", count: 6000)
                for (path, field) in [("/v1/stream", "X-Long: \(long)"), ("/v1/stream?q=\(long)", "X-Short: x")] {
                    let answer = try await gateway.request(path, "--header", field)
                    #expect(answer.status == 431, "\(path.prefix(20)): \(answer.body)")
                    #expect(answer.code == "head-too-large", "\(path.prefix(20)): \(answer.body)")
                }
            }
        }

        @Test func anotherMediaTypeIsRefused() async throws {
            try await Gateway.run { gateway in
                for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
                    let answer = try await gateway.publish("{}", token: gateway.backendToken(), type: type)
                    #expect(answer.status == 415, "\(type): \(answer.body)")
                    #expect(answer.code == "media-type-unsupported")
                    #expect(answer.detail?.contains("application/json") == true)
                }
            }
        }

        @Test func aTopicThatIsNoneIsRefused() async throws {
            try await Gateway.run { gateway in
                let token = try await gateway.token("alice", "--subscribe", "*")
                for topic in ["", "a%00b", "a%0Ab", String(repeating: "t", count: 2000)] {
                    let answer = try await gateway.request("/v1/stream?topic=\(topic)", token: token)
                    #expect(answer.status == 400, "\(topic.prefix(20)): \(answer.body)")
                    #expect(answer.code == "topic-invalid", "\(topic.prefix(20)): \(answer.body)")
                }
            }
        }
    }
}
