import FrameClient
import HTTPTypes
import HTTPWire
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServing

/// Echoes requests, and knows who asks.
private struct KnowingJudge: RequestJudge {
    let echo = ScriptedJudge.echo()

    func judge(_ request: HTTPRequest, from peer: inout Peer) -> Verdict {
        peer.showedGoodToken(of: "alice")
        return echo.judge(request, from: &peer)
    }
}

/// What becomes of input that waits for its turn when all that may be held is held.
@Suite struct KeptInputTests {
    private let loop = NIOAsyncTestingEventLoop()
    /// 2048 bytes are little.
    private let account = ByteAccount(limit: 1 << 22)
    private let known = KnowingJudge()
    private let strange = ScriptedJudge.echo()
    private let bell: TurnBell

    init() {
        bell = TurnBell(on: loop)
        for party in ByteAccount.Party.allCases { account.overdraw(1 << 22, for: party) }
    }

    private static let large = String(repeating: "x", count: 300)

    private static func text(_ count: Int, _ field: String) -> String {
        String(repeating: "GET / HTTP/1.1\r\nHost: a\r\nx: \(field)\r\n\r\n", count: count)
    }

    private static func frames(_ count: Int, _ field: String) -> [UInt8] {
        (0..<count).flatMap { Frame.request(UInt32(1 + 2 * $0), "/", [("x", field)]).bytes }
    }

    private var heldBytes: Int { account.heldBytes(by: .stranger) + account.heldBytes(by: .known) - (2 << 22) }

    @Test func `over HTTP/1.1 nobody is cut off who is known`() async throws {
        let wire = try await Wire(known, on: loop, account: account, bell: bell)
        try await wire.send(Self.text(30, Self.large))
        #expect(!wire.isClosed && heldBytes > 2048)
        try await bell.ring()
        #expect(try Response.all(in: try await wire.received()).count == 30)
        #expect(heldBytes == 0)
    }

    @Test func `over HTTP/2 nobody is cut off who is known`() async throws {
        let wire = try await HTTP2Wire(known, on: loop, account: account, bell: bell)
        try await wire.send(bytes: Self.frames(30, Self.large))
        #expect(!wire.isClosed && heldBytes > 2048)
        try await bell.ring()
        #expect(!wire.isClosed && known.echo.requests.count == 30)
        _ = try await wire.received()
        #expect(heldBytes == 0)
    }

    @Test(arguments: [true, false])
    func `over HTTP/1.1 a stranger is cut off who has much waiting`(isLarge: Bool) async throws {
        let wire = try await Wire(strange, on: loop, account: account, bell: bell)
        try await wire.send(Self.text(30, isLarge ? Self.large : ""))
        #expect(wire.isClosed == isLarge)
        try await bell.ring()
        #expect(strange.requests.count == (isLarge ? 16 : 30))
        #expect(heldBytes == 0)
    }

    @Test(arguments: [true, false])
    func `over HTTP/2 a stranger is cut off who has much waiting`(isLarge: Bool) async throws {
        let wire = try await HTTP2Wire(strange, on: loop, account: account, bell: bell)
        try await wire.send(bytes: Self.frames(30, isLarge ? Self.large : ""))
        #expect(wire.isClosed == isLarge)
        try await bell.ring()
        #expect(strange.requests.count == (isLarge ? 16 : 30))
        _ = try await wire.received()
        #expect(heldBytes == 0)
    }

    @Test func `what waits keeps no large buffer alive`() throws {
        let read = ByteBuffer(repeating: 1, count: 32 * 1024)
        var kept = KeptInput()
        for (count, limit) in [(20, 64), (15_000, 16_384), (20_000, read.storageCapacity)] {
            let end = try #require(read.getSlice(at: read.readableBytes - count, length: count))
            let isKept = kept.append(end)
            let first = kept.popFirst()
            #expect(isKept && first == end && first?.storageCapacity ?? .max <= limit)
            kept.putBack(end)
            #expect(kept.popFirst()?.storageCapacity ?? .max <= limit)
        }
    }
}
