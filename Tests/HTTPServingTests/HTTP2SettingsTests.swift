import FrameClient
import HTTP2Kit
import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// Frames that are about the connection (RFC 9113 §6.3 … §6.9). Beside what stands in ``HTTP2HostileTests``.
@Suite struct HTTP2SettingsTests {
    /// Depends on no stream, and has the usual weight.
    private static let priority: [UInt8] = [0, 0, 0, 0, 15]

    // MARK: Broken rules

    private static let broken: [(String, Frame, WireErrorCode)] = [
        ("§6.3: PRIORITY of a wrong size", Frame(.priority, stream: 1, [0, 0, 0, 0]), .frameSizeError),
        ("§6.4: RST_STREAM on stream 0", .reset(0), .protocolError),
        ("§6.5.2: frames larger than a length can say", .settings([(5, 1 << 24)]), .protocolError),
        ("§6.5.2: frames smaller than all must take", .settings([(5, 16_383)]), .protocolError),
        ("§6.5: the rest of a setting is missing", Frame(.settings, [0, 3, 0, 0, 0]), .frameSizeError),
        ("§6.8: GOAWAY on a stream", Frame(.goAway, stream: 1, [0, 0, 0, 0, 0, 0, 0, 0]), .protocolError),
        ("§6.9: WINDOW_UPDATE by nothing, on a stream", .windowUpdate(1, 0), .protocolError),
    ]

    @Test(arguments: broken)
    func `a broken rule ends the connection`(name: String, frame: Frame, code: WireErrorCode) async throws {
        try await HTTP2HeaderBlockTests.expectGoodbye([code], [.request(1, "POST", "/", ends: false), frame])
    }

    @Test(arguments: [Frame(.priority, stream: 0, priority), Frame(.priority, stream: 1, [0, 0, 0, 1, 15])])
    func `§5.3.2, §6.3: PRIORITY on stream 0 or on itself is a mistake, or nobody's business`(frame: Frame) async throws
    {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(frame)
        // By the letter a PROTOCOL_ERROR. The gateway has said that it looks at no priorities (RFC 9218 §2.1).
        let goodbye = try await wire.received().goodbye
        #expect(goodbye == nil || goodbye == WireErrorCode.protocolError.rawValue)
        #expect(wire.isClosed == (goodbye != nil))
    }

    // MARK: Answers

    @Test func `§6.5.2: a setting that nobody knows is passed over, and acknowledged with the others`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(.settings([(0xff, 1), (0x7a7a, 0xffff_ffff)]))
        let frames = try await wire.received()
        #expect(frames.map(\.kind) == [.settings] && frames[0].isAcknowledgement && frames[0].payload.isEmpty)
        #expect(try await wire.exchange(.request(1, "/a")).body == "/a")
    }

    @Test func `§6.7: a PING is answered with what it says, and an answer with nothing`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        try await wire.send(.ping(7), .ping(8, acknowledges: true))
        #expect(try await wire.received() == [.ping(7, acknowledges: true)])
        #expect(!wire.isClosed)
    }

    // MARK: Windows

    @Test func `§6.9.2: a window that grows while an answer waits lets more of it go`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), settings: [(4, 4)])
        #expect(try await wire.exchange(.request(1, "/0123456789")).body == "/012")
        #expect(try await wire.exchange(.settings([(4, 6)])).body == "34")
        #expect(try await wire.exchange(.windowUpdate(1, 100)).body == "56789")
    }

    @Test func `§6.9.2: a window that shrinks below what was sent is a debt`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo(), settings: [(4, 8)])
        #expect(try await wire.exchange(.request(1, "/0123456789")).body == "/0123456")
        // 8 are sent, and 3 would have been allowed.
        #expect(try await wire.exchange(.settings([(4, 3)])).body == "")
        #expect(try await wire.exchange(.windowUpdate(1, 5)).body == "", "that pays the debt")
        #expect(try await wire.exchange(.windowUpdate(1, 1)).body == "7")
        #expect(try await wire.exchange(.settings([(4, 100)])).body == "89")
    }

    @Test func `§6.9.2: a window that grows beyond all bounds by a setting ends its stream or the connection`()
        async throws
    {
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(LateAnswers().plan()) })
        try await wire.send(
            .request(1, "POST", "/", ends: false), .windowUpdate(1, 0x7fff_0000), .settings([(4, 0x7fff_ffff)]))
        let codes = try await wire.received().compactMap(\.errorCode)
        #expect(codes == [WireErrorCode.flowControlError.rawValue])
    }

    @Test func `§6.9.2: a setting does not change the connection's window`() async throws {
        let text = String(repeating: "x", count: 70_000)
        let wire = try await HTTP2Wire(
            ScriptedJudge { _ in .answer(.text(text)) }, settings: [(4, 0x7fff_ffff)])
        #expect(try await wire.exchange(.request(1, "/")).body.utf8.count == 65_535)
        #expect(try await wire.exchange(.windowUpdate(0, 5000)).body.utf8.count == 70_000 - 65_535)
    }
}
