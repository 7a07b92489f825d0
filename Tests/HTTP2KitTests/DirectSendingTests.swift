import FrameClient
import NIOCore
import SeededRandom
import Testing

@testable import HTTP2Kit

/// Frames that go past nghttp2, and what it knows of them.
@Suite struct DirectSendingTests {
    private static let widest: UInt32 = 0x7fff_ffff

    private func sends(_ count: Int, on stream: HTTP2Stream, of pair: SessionPair) -> Bool {
        pair.session.sendsDirectly(count, on: stream) != nil
    }

    @Test func `nothing passes before the head, nor behind bytes that wait`() throws {
        let pair = try SessionPair(settings: [(4, 10)])
        let stream = try pair.open(1)
        #expect(!sends(1, on: stream, of: pair))
        pair.session.respond([HTTP2Field(":status", "200")], body: nil, endsStream: false, on: stream)
        #expect(!sends(1, on: stream, of: pair))
        _ = try pair.sent()
        #expect(sends(1, on: stream, of: pair))
        pair.session.append(ByteBuffer(string: "0123456789"), to: stream)
        #expect(try pair.sent() == [.data(1, "012345678")])
        #expect(try pair.receive(.windowUpdate(0, 100)).isEmpty)
        _ = try pair.sent()
        #expect(!sends(1, on: stream, of: pair), "one byte waits for the stream's window")
    }

    @Test func `nothing passes while another frame waits`() throws {
        let pair = try SessionPair()
        let stream = try pair.stream(1)
        #expect(sends(5, on: stream, of: pair))
        pair.session.ping()
        #expect(!sends(5, on: stream, of: pair))
        #expect(try pair.sent().map(\.kind) == [.ping])
        #expect(sends(5, on: stream, of: pair))
        _ = try pair.receive(.ping(7))
        #expect(!sends(5, on: stream, of: pair))
        #expect(try pair.sent() == [.ping(7, acknowledges: true)])
        #expect(sends(5, on: stream, of: pair))
    }

    @Test func `as much passes as the stream's window has room for`() throws {
        let pair = try SessionPair(settings: [(4, 10)])
        let stream = try pair.stream(1)
        #expect(!sends(11, on: stream, of: pair))
        #expect(sends(10, on: stream, of: pair))
        #expect(!sends(1, on: stream, of: pair))
        _ = try pair.receive(.windowUpdate(1, 3))
        _ = try pair.sent()
        #expect(!sends(4, on: stream, of: pair))
        #expect(sends(3, on: stream, of: pair))
    }

    @Test func `streams share the connection's window`() throws {
        let pair = try SessionPair(settings: [(4, Self.widest)])
        let (one, other) = (try pair.stream(1), try pair.stream(3))
        #expect(sends(16_384, on: one, of: pair))
        #expect(sends(16_384, on: other, of: pair))
        #expect(sends(16_384, on: one, of: pair))
        #expect(sends(16_383, on: other, of: pair), "the first 65,535 bytes (RFC 9113 §6.9.2)")
        #expect(!sends(1, on: one, of: pair))
        #expect(!sends(1, on: other, of: pair))
        _ = try pair.receive(.windowUpdate(0, 2))
        _ = try pair.sent()
        #expect(sends(2, on: one, of: pair))
    }

    /// RFC 9113 §6.9.2: it may become negative.
    @Test func `a window that SETTINGS make narrower holds back what comes`() throws {
        let pair = try SessionPair(settings: [(4, 100)])
        let stream = try pair.stream(1)
        #expect(sends(60, on: stream, of: pair))
        _ = try pair.receive(.settings([(4, 10)]))
        _ = try pair.sent()
        #expect(!sends(1, on: stream, of: pair))
        pair.session.append(ByteBuffer(string: "x"), to: stream)
        _ = try pair.receive(.windowUpdate(1, 50))
        #expect(try pair.sent().isEmpty, "exactly nothing is left")
        _ = try pair.receive(.windowUpdate(1, 1))
        #expect(try pair.sent() == [.data(1, "x")])
    }

    /// nghttp2 is told before it hears of credit, or it would take that for too much.
    @Test func `a client may keep its windows as wide as they can be`() throws {
        let pair = try SessionPair(settings: [(4, Self.widest)])
        let stream = try pair.stream(1)
        _ = try pair.receive(.windowUpdate(0, Self.widest - 65_535))
        _ = try pair.sent()
        for _ in 0..<100 {
            for _ in 0..<3 { #expect(sends(10_000, on: stream, of: pair)) }
            _ = try pair.receive(.windowUpdate(1, 30_000), .windowUpdate(0, 30_000))
            #expect(try pair.sent().isEmpty)
        }
    }

    @Test func `a client that credits more than it was sent is refused`() throws {
        let pair = try SessionPair(settings: [(4, Self.widest)])
        let stream = try pair.stream(1)
        #expect(sends(1000, on: stream, of: pair))
        _ = try pair.receive(.windowUpdate(1, 1001))
        let code = try pair.sent().first { $0.kind == .reset }?.errorCode
        #expect(code == WireErrorCode.flowControlError.rawValue)
    }

    @Test func `each frame lets the client credit it`() throws {
        var limits = HTTP2Limits()
        limits.windowUpdates = 0
        let pair = try SessionPair(limits: limits)
        let stream = try pair.stream(1)
        for _ in 0..<5 { #expect(sends(1, on: stream, of: pair)) }
        for _ in 0..<20 { _ = try pair.receive(.windowUpdate(0, 1)) }
        #expect(throws: HTTP2Error.self) { try pair.receive(.windowUpdate(0, 1)) }
    }

    @Test func `nothing passes on a stream that ends`() throws {
        let pair = try SessionPair()
        let (one, other) = (try pair.stream(1), try pair.stream(3))
        #expect(sends(5, on: one, of: pair))
        pair.session.finish(one)
        #expect(!sends(5, on: one, of: pair))
        #expect(try pair.sent() == [.data(1, "", ends: true)])
        #expect(!sends(5, on: one, of: pair))
        #expect(sends(5, on: other, of: pair))
        pair.session.reset(other, .cancel)
        #expect(!sends(5, on: other, of: pair))
        #expect(try pair.sent() == [.reset(3)])
        #expect(!sends(5, on: other, of: pair))
    }

    @Test func `nothing passes on a stream that the client has reset`() throws {
        let pair = try SessionPair()
        let stream = try pair.stream(1)
        #expect(sends(5, on: stream, of: pair))
        _ = try pair.receive(.reset(1))
        _ = try pair.sent()
        #expect(!sends(5, on: stream, of: pair))
        #expect(stream.isClosed)
    }

    @Test func `nothing passes behind a GOAWAY, and streams go on`() throws {
        let pair = try SessionPair()
        let stream = try pair.stream(1)
        #expect(sends(5, on: stream, of: pair))
        pair.session.goAway()
        _ = try pair.sent()
        #expect(!sends(5, on: stream, of: pair))
        pair.session.append(ByteBuffer(string: "x"), to: stream)
        #expect(try pair.sent() == [.data(1, "x")])
    }

    /// A client that keeps books of its windows gets everything in order, and never more than it has room for.
    @Test(arguments: 0..<40 as Range<UInt64>) func `any order of events keeps the windows`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let client = try BookkeepingClient(window: Bool.random(using: &random) ? 50 : 70_000)
        for _ in 0..<400 { try client.step(&random) }
        try client.openAll()
        for (id, written) in client.written { #expect(client.received[id] == written) }
    }
}

/// A session whose client knows what it may be sent.
private final class BookkeepingClient {
    private let pair: SessionPair
    private var streams: [HTTP2Stream] = []
    private var windows: [UInt32: Int] = [:]
    private var connection = 65_535
    private var initial: Int
    private(set) var written: [UInt32: [UInt8]] = [:]
    private(set) var received: [UInt32: [UInt8]] = [:]
    private var next: UInt8 = 0

    init(window: Int) throws {
        initial = window
        pair = try SessionPair(settings: [(4, UInt32(window))])
    }

    func step(_ random: inout SeededGenerator) throws {
        func below(_ limit: Int) -> Int { .random(in: 0..<limit, using: &random) }
        switch below(12) {
        case 0 where streams.count < 4: try open()
        case 1: pair.session.ping()
        case 2:
            let window = below(3) == 0 ? 0 : below(80_000)
            for id in windows.keys { windows[id, default: 0] += window - initial }
            initial = window
            _ = try pair.receive(.settings([(4, UInt32(window))]))
        case 3...4:
            guard let id = windows.keys.sorted().randomElement(using: &random) else { return }
            try credit(id, 1 + below(30_000))
        case 5: try credit(0, 1 + below(60_000))
        case 6: try take()
        default:
            guard let stream = streams.randomElement(using: &random) else { return }
            try write(1 + below(below(8) == 0 ? 20_000 : 300), to: stream)
        }
    }

    private func open() throws {
        try take()
        let id = UInt32(1 + 2 * streams.count)
        windows[id] = initial
        streams.append(try pair.stream(id))
        try take()
    }

    private func write(_ count: Int, to stream: HTTP2Stream) throws {
        let id = UInt32(stream.id)
        let bytes = (0..<count).map { _ in
            next &+= 1
            return next
        }
        written[id, default: []] += bytes
        if pair.session.sendsDirectly(count, on: stream) != nil {
            try take(Frame(.data, stream: id, bytes))
        } else {
            pair.session.append(ByteBuffer(bytes: bytes), to: stream)
            try take()
        }
    }

    private func credit(_ id: UInt32, _ count: Int) throws {
        if id == 0 { connection += count } else { windows[id, default: 0] += count }
        _ = try pair.receive(.windowUpdate(id, UInt32(count)))
    }

    private func take() throws { for frame in try pair.sent() { try take(frame) } }

    private func take(_ frame: Frame) throws {
        try #require(frame.kind != .reset && frame.kind != .goAway)
        guard frame.kind == .data else { return }
        connection -= frame.payload.count
        windows[frame.stream, default: 0] -= frame.payload.count
        try #require(connection >= 0 && windows[frame.stream, default: 0] >= 0)
        received[frame.stream, default: []] += frame.payload
    }

    func openAll() throws {
        try credit(0, 100_000_000)
        for id in windows.keys { try credit(id, 100_000_000) }
        try take()
    }
}
