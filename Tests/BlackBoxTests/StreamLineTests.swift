// Promise: the log says at `info` who was connected, and from when to when, as text or as JSON; and a storm of
// reconnects does not fill it.

import Foundation
import Testing

extension Outside {
    @Suite struct StreamLineTests {
        private static func lines(_ gateway: Gateway, _ message: String) -> [JSONLine] {
            JSONLine.all(in: gateway.child.errors).filter { $0.text("message") == message }
        }

        @Test(arguments: ["--http1.1", "--http2"])
        func aStreamIsALineAtItsOpeningAndOneAtItsEnd(version: String) async throws {
            try await Gateway.run(["logging.format": "json"]) { gateway in
                let alice = try await gateway.token("alice")
                let stream = try await gateway.open(alice, query: "", at: nil, version)
                let answer = try await gateway.publish(
                    #"{"to":{"user":"alice"},"data":1}"#, token: gateway.backendToken())
                let id = try #require(JSONLine.all(in: answer.body).first?.text("id"))
                try await eventually("the event") { stream.events.contains { $0.id == id } }
                stream.close()
                try await eventually("its last line") { !Self.lines(gateway, "Stream ended.").isEmpty }

                let (opened, ended) = (Self.lines(gateway, "Stream opened."), Self.lines(gateway, "Stream ended."))
                #expect(opened.count == 1 && ended.count == 1)
                #expect(opened.first?.text("user") == "alice")
                #expect(opened.first?.text("client") == "127.0.0.1")
                #expect(opened.first?.text("stream") == ended.first?.text("stream"))
                #expect(ended.first?.text("reason") == "client-closed")
                #expect(ended.first?.text("last_id") == id)
                #expect(ended.first?.number("events") == 1)
                #expect((ended.first?.number("seconds") ?? -1) >= 0)
                #expect((Self.lines(gateway, "Certificate in use.").first?.number("days_left") ?? 0) > 300)
                let places = Self.lines(gateway, "Listening.").map { $0.text("address") }
                #expect(places.contains("127.0.0.1:\(gateway.port)"), "\(places)")
                // Every line is an object, and none has a token.
                let all = gateway.child.errors.split(separator: "\n")
                #expect(all.count == JSONLine.all(in: gateway.child.errors).count, "\(gateway.child.errors)")
                #expect(!gateway.child.errors.contains(alice.suffix(20)))
            }
        }

        @Test func aStormOfReconnectsIsAFewLinesAndACount() async throws {
            try await Gateway.run(["logging.format": "json", "logging.lines": "1"]) { gateway in
                let alice = try await gateway.token("alice")
                for _ in 0..<12 { try await gateway.open(alice).close() }
                try await gateway.metric("sluice_log_lines_dropped_total", where: "", reaches: 6)
                #expect((1...9).contains(Self.lines(gateway, "Stream opened.").count))
                try await eventually("the count of what was left out", within: .seconds(20)) {
                    JSONLine.all(in: gateway.child.errors).contains { ($0.number("left_out") ?? 0) > 0 }
                }
            }
        }
    }
}
