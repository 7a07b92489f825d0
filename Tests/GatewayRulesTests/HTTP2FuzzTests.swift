import EventHub
import EventLog
import Foundation
import FrameClient
import HTTP2Kit
import HTTPWire
import NIOCore
import NIOEmbedded
import SeededRandom
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Whatever frames a client makes up, the gateway answers, waits or closes, in HTTP/2's words, and leaves nothing
/// behind.
///
/// `SLUICE_FUZZ_ITERATIONS` sets how many connections there are; without it they are 2,000, which takes about ten
/// seconds without optimisation. The seed is printed; `SLUICE_SEED` repeats a run.
@Suite struct HTTP2FuzzTests {
    private static let iterations =
        ProcessInfo.processInfo.environment["SLUICE_FUZZ_ITERATIONS"].flatMap { Int($0) } ?? 2000

    @Test func `mutated frames`() async throws {
        var random = SeededGenerator(test: "mutated frames")
        let bench = try GatewayBench()
        let token = try bench.token(subscribe: ["*"], publish: ["user:*", "everyone"])
        var outcome = (closed: 0, open: 0)
        for number in 0..<Self.iterations {
            let frames = Self.conversation(token, using: &random)
            let wire = try await HTTP2Wire(bench.gateway, on: bench.bench.loop, greets: false)
            for piece in Self.cut(frames, using: &random) where !wire.isClosed { try await wire.send(bytes: piece) }
            if number.isMultiple(of: 7) { await bench.publish(using: &random) }
            let sent = try await wire.received()
            #expect(
                sent.first?.kind == .settings && sent.allSatisfy { $0.kind != nil },
                "what it says is no HTTP/2: SLUICE_SEED=\(random.seed), connection \(number)")
            if wire.isClosed { outcome.closed += 1 } else { outcome.open += 1 }
            if !wire.isClosed, number.isMultiple(of: 3) { await bench.bench.pass(.seconds(100)) }
            try await wire.hangUp()
            #expect(bench.bench.hub.streamCount == 0, "a stream is left: SLUICE_SEED=\(random.seed), \(number)")
        }
        print("mutated frames: \(outcome.closed) closed, \(outcome.open) open")
        #expect(outcome.closed > 0 && outcome.open > 0)
        #expect(bench.bench.metrics.openedCount == bench.bench.metrics.endings.count)
        #expect(bench.bench.metrics.openedCount > 0)
    }

    // MARK: What is sent

    private static func conversation(_ token: String, using random: inout SeededGenerator) -> [UInt8] {
        let window = UInt32.random(in: 0...70_000, using: &random)
        var frames = [Frame.settings()]
        if window.isMultiple(of: 2) { frames = [Frame.settings([(4, window)])] }
        for _ in 0..<Int.random(in: 1...12, using: &random) { frames += one(of: token, using: &random) }
        var bytes = Frame.preface
        for frame in frames {
            var frame = frame
            if Int.random(in: 0..<6, using: &random) == 0 { mutate(&frame, using: &random) }
            bytes += frame.bytes
        }
        // Now and then the framing itself.
        if Int.random(in: 0..<10, using: &random) == 0 { Mutation.apply(to: &bytes, using: &random) }
        return bytes
    }

    private static func one(of token: String, using random: inout SeededGenerator) -> [Frame] {
        let stream = UInt32.random(in: 0...6, using: &random) * 2 + 1
        let fields = [("authorization", "Bearer \(token)"), ("content-type", "application/json")]
        let event = #"{"to":{"user":"alice"},"data":"x"}"#
        switch Int.random(in: 0..<13, using: &random) {
        case 0...2: return [.request(stream, "/v1/stream?topic=news", fields)]
        case 3...4:
            return [.request(stream, "POST", "/v1/publish", fields, ends: false), .data(stream, event, ends: true)]
        case 5:
            let hosts = ["a", "a:443", "[::1]", "a b", "u@a", "", "a\u{37E}"].shuffled(using: &random)
            let schemes = ["https", "http", "", "1"].shuffled(using: &random)
            return [
                .headers(
                    stream,
                    [
                        (":method", Bool.random(using: &random) ? "OPTIONS" : "GET"), (":scheme", schemes[0]),
                        (":path", Bool.random(using: &random) ? "*" : "/nowhere"), (":authority", hosts[0]),
                        ("host", hosts[1]), ("origin", GatewayBench.allowedOrigin),
                    ])
            ]
        case 6: return [.reset(stream)]
        case 7:
            return [
                .windowUpdate(Bool.random(using: &random) ? 0 : stream, .random(in: 0...0x7fff_ffff, using: &random))
            ]
        case 8: return [.ping(), .settingsAcknowledgement]
        case 9: return [.settings([(.random(in: 0...10, using: &random), .random(in: 0...70_000, using: &random))])]
        case 10: return [.data(stream, String(repeating: "x", count: .random(in: 0...2000, using: &random)))]
        case 11: return [Frame(.continuation, flags: 4, stream: stream, Frame.block([("a", "b")]))]
        default:
            let payload = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            return [
                Frame(
                    type: .random(in: 0...20, using: &random), flags: .random(in: .min ... .max, using: &random),
                    stream: stream, payload)
            ]
        }
    }

    private static func mutate(_ frame: inout Frame, using random: inout SeededGenerator) {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: frame.flags ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: frame.stream = .random(in: 0...20, using: &random)
        case 2: frame.type = .random(in: 0...12, using: &random)
        case 3: frame.payload.removeLast(min(frame.payload.count, Int.random(in: 0...9, using: &random)))
        default: Mutation.apply(to: &frame.payload, using: &random)
        }
    }

    /// In one read, or in up to three.
    private static func cut(_ bytes: [UInt8], using random: inout SeededGenerator) -> [[UInt8]] {
        var rest = bytes[...]
        var pieces: [[UInt8]] = []
        for _ in 0..<Int.random(in: 0...2, using: &random) where rest.count > 1 {
            let length = Int.random(in: 1..<rest.count, using: &random)
            pieces.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return pieces + [Array(rest)]
    }
}

extension GatewayBench {
    /// An event for whoever listens.
    fileprivate func publish(using random: inout SeededGenerator) async {
        await bench.publish(String(repeating: "e", count: Int.random(in: 1...3000, using: &random)))
    }
}
