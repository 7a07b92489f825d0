import EventLog
import HTTPTypes
import MemoryEventLog
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// A publisher that has more than its share of the log is told to wait, and nobody else notices.
@Suite struct ShareTests {
    private let bench: GatewayBench
    private let (modest, mallory): (String, String)

    init() throws {
        bench = try GatewayBench(retaining: LogSettings(bytes: 1 << 20, events: 20))
        modest = try bench.token("modest", publish: ["everyone"])
        mallory = try bench.token("mallory", publish: ["everyone"])
    }

    private static let event = #"{"to":{"everyone":true},"data":"x"}"#

    private static func key(_ text: String) -> HTTPFields {
        HTTPField.Name("Idempotency-Key").map { [$0: text] } ?? [:]
    }

    /// The modest one has published an event, and mallory as many as it may.
    private func fill() async throws {
        #expect(try await bench.publish(Self.event, token: modest).status == .ok)
        for _ in 0..<9 { #expect(try await bench.publish(Self.event, token: mallory).status == .ok) }
    }

    @Test func `it gets 429 with the time to come again, and others go on`() async throws {
        try await fill()
        await bench.bench.pass(.seconds(18))
        let refused = try await bench.publish(Self.event, token: mallory)
        #expect(refused.status == .tooManyRequests && refused.code == "log-share-full")
        #expect(refused.fields[.retryAfter] == "42" && refused.refusal == "log-share-full")
        #expect(try await bench.publish(Self.event, token: modest).status == .ok)
        let other = try bench.token("forum", publish: ["everyone"])
        #expect(try await bench.publish(Self.event, token: other).status == .ok)
        #expect(bench.bench.log.head == 12)
        await bench.bench.pass(.seconds(42))
        #expect(try await bench.publish(Self.event, token: mallory).status == .ok)
    }

    @Test func `a batch is refused whole, as it is taken, and no line of it is published`() async throws {
        try await fill()
        let lines = "\(Self.event)\nno JSON\n\(Self.event)\n"
        let refused = try await bench.publish(lines, token: mallory, type: "application/x-ndjson")
        #expect(refused.status == .tooManyRequests && refused.code == "log-share-full")
        #expect(bench.bench.log.head == 10)
        let bad = try await bench.publish("no JSON\n", token: mallory, type: "application/x-ndjson")
        #expect(bad.status == .ok && bad.text.contains("json-invalid"), "what is no event takes no room")
    }

    @Test func `a retry of what is in the log gets its first answer, and a refused key is free`() async throws {
        let first = try await bench.publish(Self.event, token: mallory, Self.key("first"))
        try await fill()
        let refused = try await bench.publish(Self.event, token: mallory, Self.key("second"))
        #expect(refused.code == "log-share-full")
        let again = try await bench.publish(Self.event, token: mallory, Self.key("first"))
        #expect(again.status == .ok && again.text == first.text)
        await bench.bench.pass(.seconds(60))
        let other = #"{"to":{"everyone":true},"data":"another"}"#
        #expect(try await bench.publish(other, token: mallory, Self.key("second")).status == .ok)
    }
}
