import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServing

/// A stream that is open and silent, and counts its beginning and its end.
private struct CountedPlan: StreamPlan {
    private struct Source: StreamSource {
        let gone: NIOLockedValueBox<Int>

        func becameWritable() {}
        func closed() { gone.withLockedValue { $0 += 1 } }
    }

    let open: NIOLockedValueBox<Int>
    let gone: NIOLockedValueBox<Int>

    func open(
        _ body: StreamBody, on eventLoop: any EventLoop, _ begin: (Answer) -> Void
    ) throws(StreamRefusal) {
        open.withLockedValue { $0 += 1 }
        body.belongs(to: Source(gone: gone))
        begin(Answer(.ok, fields: [:]))
    }
}

/// Many requests in one read of an HTTP/2 connection: each turn of the loop handles some, and nothing else changes.
@Suite struct HTTP2TurnTests {
    private let loop = NIOAsyncTestingEventLoop()
    private let judge = ScriptedJudge.echo(limit: 1 << 20)
    private let account = ByteAccount(limit: 1 << 22)
    private let bell: TurnBell

    init() { bell = TurnBell(on: loop) }

    private func connect() async throws -> HTTP2Wire {
        try await HTTP2Wire(judge, on: loop, account: account, bell: bell)
    }

    private static func gets(_ numbers: Range<Int>) -> [UInt8] {
        numbers.flatMap { Frame.request(UInt32(1 + 2 * $0), "/\($0)").bytes }
    }

    private static func paths(_ numbers: Range<Int>) -> [String] { numbers.map { "/\($0)" } }

    private var heldBytes: Int { account.heldBytes(by: .stranger) + account.heldBytes(by: .known) }

    /// The answers' bodies, in the order of their streams.
    private func bodies(of wire: HTTP2Wire) async throws -> [String] {
        let frames = try await wire.received()
        return Set(frames.map(\.stream)).subtracting([0]).sorted().map { HTTP2Response(frames, stream: $0).body }
    }

    @Test func `a turn handles sixteen, and nothing is read meanwhile`() async throws {
        let wire = try await connect()
        try await wire.send(bytes: Self.gets(0..<40))
        #expect(try await bodies(of: wire) == Self.paths(0..<16))
        #expect(try await !wire.isReading)
        #expect(heldBytes == Self.gets(16..<40).count)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(16..<32))
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(32..<40))
        #expect(try await wire.isReading)
        #expect(heldBytes == 0)
        #expect(try await bell.asked() == 2)
    }

    @Test func `requests of a read each wait for nothing, nor do as many as a turn has room for`() async throws {
        let wire = try await connect()
        for number in 0..<100 {
            let stream = UInt32(1 + 2 * number)
            #expect(try await wire.exchange(.request(stream, "/a"), stream: stream).body == "/a")
        }
        try await wire.send(bytes: Self.gets(100..<116))
        #expect(try await bodies(of: wire).count == 16)
        #expect(try await bell.asked() == 0)
    }

    @Test func `the end of a body counts, and so does its length`() async throws {
        let wire = try await connect()
        var bytes: [UInt8] = []
        for stream in stride(from: 1 as UInt32, to: 41, by: 2) {
            bytes += Frame.request(stream, "POST", "/", ends: false).bytes + Frame.data(stream, "x", ends: true).bytes
        }
        try await wire.send(bytes: bytes)
        #expect(try await bodies(of: wire).count == 8)
        for _ in 0..<2 { try await bell.ring() }
        #expect(try await bodies(of: wire).count == 12)
        let large = String(repeating: "x", count: 16_384)
        try await wire.send(
            .request(41, "POST", "/", ends: false), .data(41, large, ends: true),
            .request(43, "POST", "/", ends: false), .data(43, "x", ends: true))
        #expect(try await bodies(of: wire) == [large])
        try await bell.ring()
        #expect(try await bodies(of: wire) == ["x"])
    }

    /// Heads are in no account, and a few bytes can unpack to many: what waits are the bytes.
    @Test func `no more is unpacked than the turn has room for`() async throws {
        let wire = try await connect()
        let channel = wire.channel
        try await channel.testingEventLoop.executeInContext {
            for numbers in [0..<15, 15..<31] {
                channel.pipeline.fireChannelRead(ByteBuffer(bytes: Self.gets(numbers)))
            }
            channel.pipeline.fireChannelReadComplete()
        }
        #expect(try await bodies(of: wire) == Self.paths(0..<16))
        #expect(heldBytes == Self.gets(16..<31).count)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(16..<31))
        #expect(heldBytes == 0)
    }

    /// A body counts when it is whole. Heads behind it may have been unpacked by then.
    @Test func `what has been unpacked and waits behind a body is counted`() async throws {
        let wire = try await connect()
        let body = String(repeating: "x", count: 16_384)
        let field = String(repeating: "y", count: 900)
        var bytes = Frame.request(1, "POST", "/", ends: false).bytes + Frame.data(1, body, ends: true).bytes
        for stream in stride(from: 3 as UInt32, to: 33, by: 2) {
            bytes += Frame.request(stream, "/\(stream)", [("x", field)]).bytes
        }
        try await wire.send(bytes: bytes)
        #expect(judge.requests.count == 1)
        #expect(heldBytes > 15 * field.utf8.count)
        try await bell.ring()
        #expect(judge.requests.count == 16)
        _ = try await wire.received()
        #expect(heldBytes == 0)
    }

    @Test func `what comes meanwhile is handled behind it, wherever it is cut`() async throws {
        let bytes = Self.gets(0..<20) + Frame.ping(7).bytes + Self.gets(20..<36)
        for cut in stride(from: 0, through: bytes.count, by: 41) {
            let wire = try await connect()
            try await wire.send(bytes: Array(bytes[..<cut]))
            try await wire.send(bytes: Array(bytes[cut...]))
            for _ in 0..<4 { try await bell.ring() }
            let frames = try await wire.received()
            #expect(frames.of(.headers).map(\.stream) == (0..<36).map { 1 + 2 * $0 })
            #expect(frames.of(.ping).count == 1 && heldBytes == 0)
        }
    }

    @Test func `a client that closes its side has all answered before the end`() async throws {
        let wire = try await connect()
        try await wire.send(bytes: Self.gets(0..<40), thenCloses: true)
        try await bell.ring()
        #expect(!wire.isClosed)
        try await bell.ring()
        #expect(try await bodies(of: wire) == Self.paths(0..<40))
        #expect(wire.isClosed)
    }

    @Test func `of a client that has left nothing more is handled`() async throws {
        let wire = try await connect()
        try await wire.send(bytes: Self.gets(0..<40))
        try await wire.hangUp()
        #expect(heldBytes == 0)
        try await bell.ring()
        #expect(judge.requests.count == 16)
    }

    @Test func `going down lets what was read be answered`() async throws {
        let wire = try await connect()
        try await wire.send(bytes: Self.gets(0..<40))
        try await wire.fire(ChannelShouldQuiesceEvent())
        for _ in 0..<2 { try await bell.ring() }
        let frames = try await wire.received()
        #expect(frames.of(.headers).count == 40 && frames.goodbye == WireErrorCode.noError.rawValue)
        #expect(wire.isClosed)
    }

    /// Nobody else tells the hub that its stream has gone.
    @Test func `streams that end with the connection's last requests are let go of`() async throws {
        let (open, gone) = (NIOLockedValueBox(0), NIOLockedValueBox(0))
        let judge = ScriptedJudge { request in
            request.path == "/stream"
                ? .stream(CountedPlan(open: open, gone: gone))
                : .collect(BodyPlan(limit: 1 << 20) { _, respond in respond(.text("x")) })
        }
        let wire = try await HTTP2Wire(judge, on: loop, bell: bell)
        try await wire.send(.request(1, "/stream"))
        let body = String(repeating: "x", count: 16_384)
        try await wire.send(
            bytes: Frame.request(3, "POST", "/", ends: false).bytes + Frame.data(3, body, ends: true).bytes
                + Frame.request(5, "POST", "/", ends: true).bytes + Frame.reset(1).bytes)
        #expect(gone.withLockedValue { $0 } == 0, "the body has used up the turn")
        try await wire.hangUp()
        #expect(open.withLockedValue { $0 } == 1 && gone.withLockedValue { $0 } == 1)
    }

    @Test func `a request that is reset in its turn is not looked at`() async throws {
        let wire = try await connect()
        try await wire.send(bytes: Self.gets(0..<20) + Frame.reset(39).bytes)
        try await bell.ring()
        #expect(judge.requests.count == 19)
        #expect(heldBytes == 0)
    }

    @Test func `what breaks the protocol ends the connection in its turn`() async throws {
        let wire = try await connect()
        try await wire.send(bytes: Self.gets(0..<20) + Frame(.data, stream: 0, [1]).bytes + Self.gets(20..<40))
        #expect(!wire.isClosed)
        try await bell.ring()
        let frames = try await wire.received()
        #expect(frames.of(.headers).count == 16, "its last words are all that it says")
        #expect(frames.goodbye == WireErrorCode.protocolError.rawValue && wire.isClosed)
        try await bell.ring()
        #expect(judge.requests.count == 20 && heldBytes == 0)
    }
}
