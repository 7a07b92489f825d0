// Promise: a request whose end two programs could see in different places is refused, and the connection closed, so
// that nothing behind it is taken for a request (RFC 9112 sections 5.1, 5.2, 6.1, 6.3 and 7.1).

import Foundation
import Testing

extension Outside {
    @Suite struct SmugglingTests {
        private static let second = "GET /v1/second HTTP/1.1\r\nHost: localhost\r\n\r\n"

        private static func post(_ fields: String, _ body: String) -> String {
            "POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer TOKEN\r\n"
                + "Content-Type: application/json\r\n\(fields)\r\n\(body)\(second)"
        }

        private static let chunked = "Transfer-Encoding: chunked\r\n"
        private static let event = #"{"to":{"user":"alice"},"data":"x"}"#

        private static let variants: [(name: String, bytes: String)] = [
            ("both lengths", post("Content-Length: 5\r\n\(chunked)", "0\r\n\r\n")),
            ("both lengths, other order", post("\(chunked)Content-Length: 5\r\n", "0\r\n\r\n")),
            ("two lengths that differ", post("Content-Length: 34\r\nContent-Length: 0\r\n", event)),
            ("a list of lengths", post("Content-Length: 34, 34\r\n", event)),
            ("a length with a sign", post("Content-Length: +34\r\n", event)),
            ("a length in hexadecimal", post("Content-Length: 0x22\r\n", event)),
            ("a length that overflows", post("Content-Length: 99999999999999999999\r\n", event)),
            ("an empty length", post("Content-Length: \r\n", event)),
            ("chunk size that is no number", post(chunked, "zz\r\nabc\r\n0\r\n\r\n")),
            ("chunk size with a sign", post(chunked, "-1\r\n\r\n0\r\n\r\n")),
            ("chunk size with 0x", post(chunked, "0x22\r\n\(event)\r\n0\r\n\r\n")),
            ("chunk size that overflows", post(chunked, "ffffffffffffffff1\r\n\(event)\r\n0\r\n\r\n")),
            ("chunk beyond 32 bits", post(chunked, "100000022\r\n\(event)\r\n0\r\n\r\n")),
            ("length beyond 63 bits", post("Content-Length: 9223372036854775808\r\n", event)),
            ("single bytes", post(chunked, String(repeating: "1\r\n \r\n", count: 5000))),
            ("a host that is none", "GET /v1/stream HTTP/1.1\r\nHost: a b\r\n\r\n\(second)"),
            ("chunk without its end", post(chunked, "22\r\n\(event)X0\r\n\r\n")),
            ("chunked is not last", post("Transfer-Encoding: chunked, gzip\r\n", "22\r\n\(event)\r\n0\r\n\r\n")),
            ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "22\r\n\(event)\r\n0\r\n\r\n")),
            ("a coding nobody knows", post("Transfer-Encoding: xchunked\r\n", "22\r\n\(event)\r\n0\r\n\r\n")),
            ("identity", post("Transfer-Encoding: identity\r\n", event)),
            ("obs-fold", post("X-Folded: a\r\n b\r\nContent-Length: 34\r\n", event)),
            ("a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", "22\r\n\(event)\r\n0\r\n\r\n")),
            ("space before the colon", post("Content-Length : 34\r\n", event)),
            ("tab before the colon", post("Transfer-Encoding\t: chunked\r\n", "22\r\n\(event)\r\n0\r\n\r\n")),
            ("a field without a name", post(": x\r\nContent-Length: 34\r\n", event)),
            ("a field without a colon", post("nonsense\r\nContent-Length: 34\r\n", event)),
            ("NUL in a field", post("X: a\u{0}b\r\nContent-Length: 34\r\n", event)),
            ("bare CR in a field", post("X: a\rTransfer-Encoding: chunked\r\nContent-Length: 34\r\n", event)),
            ("two hosts", "GET /v1/stream HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n\(second)"),
            ("no host", "GET /v1/stream HTTP/1.1\r\n\r\n\(second)"),
            ("no version", "GET /v1/stream\r\n\r\n\(second)"),
            ("version 2.0", "GET /v1/stream HTTP/2.0\r\nHost: a\r\n\r\n\(second)"),
            ("space in the target", "GET /v1/str eam HTTP/1.1\r\nHost: a\r\n\r\n\(second)"),
            ("space before the method", " GET /v1/stream HTTP/1.1\r\nHost: a\r\n\r\n\(second)"),
            ("chunked in HTTP/1.0", "POST /v1/publish HTTP/1.0\r\nHost: a\r\n\(chunked)\r\n0\r\n\r\n\(second)"),
        ]

        @Test func everyAmbiguousRequestIsRefusedAndTheConnectionClosed() async throws {
            try await Gateway.run { gateway in
                let token = try await gateway.backendToken()
                let conversations = Self.variants.map { variant in
                    Conversation(variant.name, variant.bytes.replacingOccurrences(of: "TOKEN", with: token), wait: 3)
                }
                for outcome in try await gateway.converse(conversations) {
                    #expect(outcome.isClosed, "\(outcome.name): the connection stays open")
                    #expect(outcome.statuses.count <= 1, "\(outcome.name): what came behind was answered: \(outcome)")
                    if let status = outcome.statuses.first {
                        #expect([400, 413, 501, 505].contains(status), "\(outcome.name): \(outcome)")
                    }
                }
                #expect(try await gateway.metrics().sum("sluice_events_total") == 0, "an ambiguous event was published")
            }
        }

        @Test func theSameRequestsWrittenRightAreServed() async throws {
            try await Gateway.run { gateway in
                let token = try await gateway.backendToken()
                let right = [
                    Conversation("length", Self.post("Content-Length: 34\r\n", Self.event)),
                    Conversation("chunked", Self.post(Self.chunked, "22\r\n\(Self.event)\r\n0\r\n\r\n")),
                    Conversation(
                        "chunks, extension, trailer",
                        Self.post(
                            Self.chunked, "4;a=b\r\n{\"to\r\n1E\r\n\(Self.event.dropFirst(4))\r\n0\r\nX: y\r\n\r\n")),
                ].map { conversation in
                    let text = conversation.steps[0].text?.replacingOccurrences(of: "TOKEN", with: token)
                    return Conversation(conversation.name, text ?? "", wait: 0.5)
                }
                for outcome in try await gateway.converse(right) {
                    #expect(outcome.statuses == [200, 404], "\(outcome)")
                }
            }
        }
    }
}
