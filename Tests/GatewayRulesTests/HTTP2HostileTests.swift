import EventHub
import EventLog
import FrameClient
import HTTP2Kit
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// Clients that mean no good. Each is told why, in HTTP/2's words, and closed; none costs more than its limit.
@Suite struct HTTP2HostileTests {
    /// Sends, and expects a GOAWAY with this code and a closed connection.
    private static func expectGoodbye(
        _ code: WireErrorCode, limits: HTTP2Limits = HTTP2Limits(), reason: String? = nil, _ bytes: [UInt8],
        source: SourceLocation = #_sourceLocation
    ) async throws {
        let metrics = RefusalCounter()
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge, limits: limits, metrics: metrics)
        try await wire.send(bytes: bytes)
        let frames = try await wire.received()
        #expect(frames.goodbye == code.rawValue, "\(frames.suffix(3))", sourceLocation: source)
        #expect(wire.isClosed, sourceLocation: source)
        if let reason { #expect(metrics.reasons.last == reason, sourceLocation: source) }
    }

    private static func many(_ count: Int, _ frame: (UInt32) -> [Frame]) -> [UInt8] {
        (0..<count).flatMap { frame(UInt32(1 + 2 * $0)).flatMap(\.bytes) }
    }

    // MARK: Floods

    @Test func `rapid reset is stopped (CVE-2023-44487)`() async throws {
        let bytes = Self.many(1000) { [.request($0, "/"), .reset($0)] }
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", bytes)
    }

    @Test func `rapid reset costs no look at a token`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge)
        try await wire.send(bytes: Self.many(150) { [.request($0, "/"), .reset($0)] })
        #expect(judge.requests.isEmpty)
        #expect(!wire.isClosed)
    }

    /// A page that is loaded anew again and again, as a framework does in development.
    @Test func `streams that their reader closes are no rapid reset, and have an end, too`() async throws {
        var limits = HTTP2Limits()
        limits.cancellations = 600
        let bench = try GatewayBench()
        let wire = try await HTTP2Wire(bench.gateway, on: bench.bench.loop, limits: limits)
        let fields = [("authorization", "Bearer \(try bench.token())")]
        for number in 0..<600 as Range<UInt32> {
            let stream = 1 + 2 * number
            try await wire.send(.request(stream, "/v1/stream", fields))
            try await wire.send(.reset(stream))
        }
        #expect(!wire.isClosed)
        #expect(bench.bench.hub.streamCount == 0 && bench.bench.metrics.openedCount == 600)
        try await wire.send(.request(1201, "/v1/stream", fields))
        try await wire.send(.reset(1201))
        #expect(try await wire.received().goodbye == WireErrorCode.enhanceYourCalm.rawValue)
        #expect(wire.isClosed)
    }

    /// Their answers are complete, and cost to make: that the client has not taken them yet is no reason to make more.
    @Test func `answers that a client lets be made and does not take are rapid resets`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), settings: [(4, 0)])
        for stream in stride(from: 1, to: 999, by: 2) as StrideTo<UInt32> where !wire.isClosed {
            try await wire.send(.request(stream, "/"))
            try await wire.send(.reset(stream))
        }
        #expect(wire.isClosed)
        #expect(try await wire.received().goodbye == WireErrorCode.enhanceYourCalm.rawValue)
    }

    @Test func `resets over a long time are a client's right`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        for round in 0..<10 as Range<UInt32> {
            let frames = (0..<100 as Range<UInt32>).flatMap { number -> [UInt8] in
                let stream = 1 + 2 * (round * 100 + number)
                return Frame.request(stream, "/").bytes + Frame.reset(stream).bytes
            }
            try await wire.send(bytes: frames)
            await wire.pass(.seconds(11))
        }
        #expect(!wire.isClosed)
    }

    @Test func `resets that the gateway is brought to make count, too (CVE-2025-8671)`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(LateAnswers().plan()) })
        for stream in stride(from: 1, to: 999, by: 2) as StrideTo<UInt32> where !wire.isClosed {
            // A window beyond all bounds is a mistake that ends the stream.
            try await wire.send(.request(stream, "POST", "/", ends: false), .windowUpdate(stream, 0x7fff_ffff))
        }
        #expect(wire.isClosed)
        #expect(try await wire.received().goodbye == WireErrorCode.enhanceYourCalm.rawValue)
    }

    @Test func `a PING flood is stopped (CVE-2019-9512)`() async throws {
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", Self.many(5000) { _ in [.ping()] })
    }

    @Test func `a SETTINGS flood is stopped (CVE-2019-9515)`() async throws {
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", Self.many(5000) { _ in [.settings()] })
    }

    @Test func `a flood that is read slowly is stopped, too`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        for _ in 0..<600 where !wire.isClosed { try await wire.send(.ping()) }
        #expect(try await wire.received().goodbye == WireErrorCode.enhanceYourCalm.rawValue)
        #expect(wire.isClosed)
    }

    @Test func `large SETTINGS are refused (CVE-2020-11080)`() async throws {
        let values = Array(repeating: (UInt16(0xff), UInt32(1)), count: 2000)
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", Frame.settings(values).bytes)
    }

    @Test func `a flood of empty DATA is stopped (CVE-2019-9518)`() async throws {
        let bytes = Frame.request(1, "POST", "/", ends: false).bytes + Self.many(5000) { _ in [.data(1, "")] }
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", bytes)
    }

    @Test func `a PRIORITY flood is stopped (CVE-2019-9513)`() async throws {
        let frame = Frame(.priority, stream: 1, Frame.bytes(0) + [15])
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", Self.many(5000) { _ in [frame] })
    }

    @Test func `frames of unknown kinds are skipped`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(bytes: Self.many(300) { _ in [Frame(type: 0xbe, stream: 0, [1, 2])] })
        #expect(try await wire.exchange(.request(1, "/a")).body == "/a")
    }

    @Test func `a flood of unknown frames is stopped`() async throws {
        let frame = Frame(type: 0xbe, stream: 0, [1, 2])
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", Self.many(5000) { _ in [frame] })
    }

    @Test func `a WINDOW_UPDATE flood is stopped`() async throws {
        try await Self.expectGoodbye(.enhanceYourCalm, Self.many(5000) { _ in [.windowUpdate(0, 1)] })
    }

    @Test func `a CONTINUATION flood is stopped (CVE-2024-28182)`() async throws {
        var bytes = Frame(.headers, stream: 1, Frame.block([(":method", "GET")])).bytes
        for _ in 0..<1000 { bytes += Frame(.continuation, stream: 1, Frame.block([("a", "b")])).bytes }
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", bytes)
    }

    @Test func `fields that unpack to far more than was sent are stopped (HPACK bomb)`() async throws {
        // One field of 4000 bytes goes into the table, and each byte that follows stands for all of it (RFC 7541 §6.1).
        let large =
            Frame.integer(0, prefixBits: 6, flags: 0x40) + Frame.integer(1, prefixBits: 7) + Array("a".utf8)
            + Frame.integer(4000, prefixBits: 7) + Array(repeating: UInt8(ascii: "x"), count: 4000)
        let block = Frame.block([(":method", "GET")]) + large + Array(repeating: 0xbe, count: 10_000)
        let bomb = Frame(.headers, flags: Frame.endHeaders | Frame.endStream, stream: 1, block)
        try await Self.expectGoodbye(.enhanceYourCalm, reason: "http2-flood", bomb.bytes)
    }

    @Test(arguments: [false, true])
    func `requests that are refused unread are bounded`(knowsLimits: Bool) async throws {
        // The client takes nothing, so that what is made for it piles up.
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(LateAnswers().plan()) })
        if knowsLimits { try await wire.send(.settingsAcknowledgement) }
        try await wire.setWritable(false)
        for stream in stride(from: 1, to: 9999, by: 2) as StrideTo<UInt32> where !wire.isClosed {
            try await wire.send(.request(stream, "POST", "/", ends: false))
        }
        // One that knows the limit has broken a rule, and is heard no more; it is told so when it takes anything.
        #expect(wire.isClosed == !knowsLimits)
        try await wire.setWritable(true)
        #expect(wire.isClosed)
    }

    // MARK: Broken rules

    @Test(arguments: [
        ("DATA on an idle stream", Frame.data(5, "x"), WireErrorCode.protocolError),
        ("DATA on stream 0", Frame.data(0, "x"), .protocolError),
        ("HEADERS on stream 0", Frame.request(0, "/"), .protocolError),
        ("HEADERS on an even stream", Frame.request(2, "/"), .protocolError),
        ("RST_STREAM on an idle stream", Frame.reset(7), .protocolError),
        ("RST_STREAM of a wrong size", Frame(.reset, stream: 1, [1, 2, 3]), .frameSizeError),
        ("PING of a wrong size", Frame(.ping, [1, 2, 3]), .frameSizeError),
        ("PING on a stream", Frame(.ping, stream: 1, Array(repeating: 0, count: 8)), .protocolError),
        ("SETTINGS of a wrong size", Frame(.settings, [1, 2, 3]), .frameSizeError),
        ("SETTINGS on a stream", Frame(.settings, stream: 1), .protocolError),
        ("SETTINGS ACK with a payload", Frame(.settings, flags: 1, [0, 1, 0, 0, 0, 0]), .frameSizeError),
        ("a frame size that may not be", Frame.settings([(5, 1)]), .protocolError),
        ("a window that may not be", Frame.settings([(4, 0x8000_0000)]), .flowControlError),
        ("push from a client", Frame.settings([(2, 2)]), .protocolError),
        ("WINDOW_UPDATE by nothing", Frame.windowUpdate(0, 0), .protocolError),
        ("WINDOW_UPDATE beyond all bounds", Frame.windowUpdate(0, 0x7fff_ffff), .flowControlError),
        ("WINDOW_UPDATE of a wrong size", Frame(.windowUpdate, [1]), .frameSizeError),
        ("WINDOW_UPDATE on an idle stream", Frame.windowUpdate(9, 1), .protocolError),
        ("PUSH_PROMISE from a client", Frame(.pushPromise, flags: 4, stream: 1, Frame.bytes(2)), .protocolError),
        ("CONTINUATION behind nothing", Frame(.continuation, flags: 4, stream: 1, []), .protocolError),
        ("padding longer than the frame", Frame(.data, flags: 8, stream: 1, [200, 0]), .protocolError),
        (
            "broken compression", Frame(.headers, flags: 5, stream: 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            .compressionError
        ),
        ("a frame too large", Frame(.data, stream: 1, Array(repeating: 0, count: 16_385)), .frameSizeError),
        ("GOAWAY of a wrong size", Frame(.goAway, [0]), .frameSizeError),
    ])
    func `a broken rule ends the connection`(name: String, frame: Frame, code: WireErrorCode) async throws {
        try await Self.expectGoodbye(code, frame.bytes)
    }

    @Test func `a stream's window that overflows ends the stream`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(LateAnswers().plan()) })
        let response = try await wire.exchange(.request(1, "POST", "/", ends: false), .windowUpdate(1, 0x7fff_ffff))
        #expect(response.resetCode == WireErrorCode.flowControlError.rawValue)
        #expect(!wire.isClosed)
    }

    @Test func `a body beyond what was credited ends the connection`() async throws {
        let piece = String(repeating: "x", count: 16_000)
        let bytes = Frame.request(1, "POST", "/", ends: false).bytes + Self.many(5) { _ in [.data(1, piece)] }
        try await Self.expectGoodbye(.flowControlError, reason: "http2-protocol", bytes)
    }

    @Test func `DATA behind the end of a request ends its stream or the connection`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(LateAnswers().plan()) })
        try await wire.send(.request(1, "POST", "/"), .data(1, "more"))
        let frames = try await wire.received()
        #expect(frames.compactMap(\.errorCode).last == WireErrorCode.streamClosed.rawValue)
    }

    // MARK: Not HTTP/2

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "\u{16}\u{3}\u{1}",
        "garbage, and more of it",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ])
    func `bytes that are not HTTP 2 close the connection`(text: String) async throws {
        let metrics = RefusalCounter()
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), metrics: metrics, greets: false)
        try await wire.send(bytes: Array(text.utf8))
        #expect(wire.isClosed)
        #expect(metrics.reasons == ["http2-preface"])
    }

    @Test func `a greeting without SETTINGS is none`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), greets: false)
        try await wire.send(bytes: Frame.preface + Frame.request(1, "/").bytes)
        #expect(wire.isClosed)
    }
}
