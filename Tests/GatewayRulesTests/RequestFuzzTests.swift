import EventHub
import EventLog
import Foundation
import HTTPWire
import NIOCore
import SeededRandom
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Whatever bytes come out of TLS, the gateway answers, waits or closes; it neither ends nor hangs, and leaves nothing
/// behind.
///
/// `SLUICE_FUZZ_ITERATIONS` sets how many inputs of each kind there are; 100,000 of both take about 90 seconds on two
/// cores without optimisation. `make fuzz` throws a million of each. The seed is printed; `SLUICE_SEED` repeats a run.
@Suite struct RequestFuzzTests {
    private static let iterations =
        ProcessInfo.processInfo.environment["SLUICE_FUZZ_ITERATIONS"].flatMap { Int($0) } ?? 20_000
    private static let batch = 500

    @Test func `random bytes`() async throws {
        let outcome = try await Self.run("random bytes") { Mutation.noise(using: &$0) }
        #expect(outcome.waiting > 0 && outcome.closed + outcome.waiting == Self.iterations)
    }

    @Test func `mutated requests`() async throws {
        let requests = try Self.requests(GatewayBench())
        let outcome = try await Self.run("mutated requests") { random in
            var bytes = requests.randomElement(using: &random) ?? []
            Mutation.apply(to: &bytes, using: &random)
            return bytes
        }
        #expect(outcome.waiting > 0 && outcome.closed + outcome.waiting == Self.iterations)
    }

    /// Each of them is served as it is.
    @Test func `the requests before their mutation are good`() async throws {
        let bench = try GatewayBench()
        for request in try Self.requests(bench) {
            let wire = try await Wire(bench.gateway, on: bench.bench.loop)
            try await wire.send(ByteBuffer(bytes: request))
            let text = try await wire.received()
            let statuses = text.components(separatedBy: "HTTP/1.").dropFirst().compactMap {
                $0.split(separator: " ").dropFirst().first
            }
            #expect(!statuses.isEmpty && statuses.allSatisfy { ["100", "200", "204"].contains($0) }, "\(text)")
            try await wire.hangUp()
        }
        #expect(bench.bench.hub.streamCount == 0)
    }

    private static func run(
        _ name: String, _ input: (inout SeededGenerator) -> [UInt8]
    ) async throws -> FuzzBench.Outcome {
        var random = SeededGenerator(test: name)
        let bench = FuzzBench(gateway: try GatewayBench())
        var total = FuzzBench.Outcome()
        for first in stride(from: 0, to: iterations, by: batch) {
            let inputs = (first..<min(first + batch, iterations)).map { _ in cut(input(&random), using: &random) }
            let outcome = try await bench.run(inputs)
            #expect(outcome.stuck == 0, "a connection hangs: SLUICE_SEED=\(random.seed), inputs from \(first)")
            #expect(outcome.immortal == 0, "a connection outlives its deadlines: SLUICE_SEED=\(random.seed)")
            #expect(outcome.speechless == 0, "an answer is no HTTP: SLUICE_SEED=\(random.seed)")
            #expect(bench.gateway.bench.hub.streamCount == 0, "a stream is left: SLUICE_SEED=\(random.seed)")
            total.add(outcome)
        }
        print("\(name): \(total.closed) closed, \(total.waiting) waiting")
        #expect(bench.gateway.bench.metrics.openedCount == bench.gateway.bench.metrics.endings.count)
        return total
    }

    /// In one read, or in up to three.
    private static func cut(_ bytes: [UInt8], using random: inout SeededGenerator) -> [ByteBuffer] {
        var rest = ByteBuffer(bytes: bytes)
        var pieces: [ByteBuffer] = []
        for _ in 0..<Int.random(in: 0...2, using: &random) where rest.readableBytes > 1 {
            let length = Int.random(in: 1..<rest.readableBytes, using: &random)
            if let piece = rest.readSlice(length: length) { pieces.append(piece) }
        }
        return pieces + [rest]
    }

    private static func requests(_ bench: GatewayBench) throws -> [[UInt8]] {
        let token = try bench.token(subscribe: ["*"], publish: ["user:*", "everyone"])
        let fields = "Host: sluice\r\nAuthorization: Bearer \(token)\r\n"
        let event = #"{"to":{"user":"alice"},"event":"comment","data":{"text":"\u00e9"},"ttl":60}"#
        let post = "POST /v1/publish HTTP/1.1\r\n\(fields)"
        let single = "\(post)Content-Type: application/json\r\nContent-Length: \(event.utf8.count)\r\n"
        let chunks = "\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n0\r\n\r\n"
        let stream = "GET /v1/stream?topic=news&topic=rooms%2F1&lastEventId=testepoch-1 HTTP/1.1\r\n\(fields)"
        return [
            "\(stream)\r\n", "\(stream)Last-Event-ID: x\r\nCookie: a=b\r\n\r\n", "\(single)\r\n\(event)",
            "GET /v1/stream HTTP/1.0\r\n\(fields)\r\n", "HEAD /v1/stream HTTP/1.1\r\n\(fields)\r\n",
            "\(single)Expect: 100-continue\r\n\r\n\(event)", "\(single)\r\n\(event)\(single)\r\n\(event)\(stream)\r\n",
            "\(post)Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)",
            "\(post)Content-Type: application/x-ndjson\r\nContent-Length: \(event.utf8.count * 2 + 2)\r\n\r\n\(event)\n\(event)\n",
            "GET https://sluice:8443/v1/stream HTTP/1.1\r\n\(fields)\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n",
            "GET /v1/stream HTTP/1.1\r\nHost: a\r\nCookie: x=1; __Host-sluice=\(token); __Host-sluice=x\r\n\r\n",
            "OPTIONS /v1/stream HTTP/1.1\r\nHost: sluice\r\nOrigin: \(GatewayBench.allowedOrigin)\r\n"
                + "Access-Control-Request-Method: GET\r\n\r\n",
        ].map { Array($0.utf8) }
    }
}
