import FrameClient
import HTTP2Kit
import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// Which frames a stream may get in which of its states (RFC 9113 §5.1). Beside what stands in ``HTTP2HostileTests``.
@Suite struct HTTP2StreamStateTests {
    /// Depends on no stream, and has the usual weight.
    private static let priority: [UInt8] = [0, 0, 0, 0, 15]

    /// A request that waits for its answer: half-closed (remote) when it is complete, else open.
    private static func waiting(_ frames: Frame...) async throws -> (wire: HTTP2Wire, judge: ScriptedJudge) {
        let judge = ScriptedJudge { _ in .collect(LateAnswers().plan()) }
        let wire = try await HTTP2Wire(judge)
        try await wire.send(bytes: frames.flatMap(\.bytes))
        _ = try await wire.received()
        return (wire, judge)
    }

    // MARK: What ends

    @Test func `§5.1: HEADERS behind the end of a request end the connection`() async throws {
        try await HTTP2HeaderBlockTests.expectGoodbye([.streamClosed], [.request(1, "POST", "/"), .request(1, "/")])
    }

    @Test func `§5.1.1: a number below the last one is no new stream`() async throws {
        let (wire, judge) = try await Self.waiting(.request(5, "POST", "/"))
        try await wire.send(.request(3, "POST", "/again"))
        #expect(judge.paths == ["/"], "it is not served")
        // A connection error by the letter. nghttp2 has forgotten which of the lower numbers were streams, and passes
        // it over.
        let goodbye = try await wire.received().goodbye
        #expect(goodbye == nil || goodbye == WireErrorCode.protocolError.rawValue)
        if !wire.isClosed { try await wire.send(.request(7, "POST", "/next")) }
        #expect(judge.paths.last == (goodbye == nil ? "/next" : "/"))
    }

    @Test(arguments: [Frame.request(1, "/again"), .data(1, "more"), .headers(1, [("x", "1")])])
    func `§5.1: what comes on a stream that its client has reset is thrown away or refused`(
        frame: Frame
    ) async throws {
        let (wire, judge) = try await Self.waiting(.request(1, "POST", "/", ends: false), .reset(1))
        try await wire.send(frame)
        #expect(judge.paths.count <= 1, "it is no request")
        let codes = try await wire.received().compactMap(\.errorCode)
        #expect(codes.allSatisfy { $0 == WireErrorCode.streamClosed.rawValue })
        if !wire.isClosed {
            try await wire.send(.request(3, "POST", "/next"))
            #expect(judge.paths.last == "/next", "the connection goes on, and so does its compression")
        }
    }

    private static let later: [(String, Frame)] = [
        ("§8.1: fields behind a body that do not end it", Frame.headers(1, [("x", "1")], ends: false)),
        ("§8.1: a second head", .request(1, "POST", "/again", ends: false)),
        ("§8.3: a pseudo-field behind a body", .headers(1, [(":path", "/")])),
        ("§8.2: a name in upper case behind a body", .headers(1, [("X", "1")])),
    ]

    @Test(arguments: later)
    func `a request that goes wrong later is ended alone`(name: String, frame: Frame) async throws {
        let (wire, judge) = try await Self.waiting(.request(1, "POST", "/", ends: false), .data(1, "x"))
        let response = try await wire.exchange(frame)
        #expect(response.resetCode == WireErrorCode.protocolError.rawValue && response.status == nil)
        try await wire.send(.request(3, "POST", "/next"))
        #expect(judge.paths == ["/", "/next"])
        #expect(!wire.isClosed)
    }

    // MARK: What does not

    private static let harmless: [(String, Frame)] = [
        ("§5.1: PRIORITY on a stream that is none yet", Frame(.priority, stream: 9, priority)),
        ("§5.1: WINDOW_UPDATE behind the end of a request", .windowUpdate(1, 100)),
        ("§5.1: PRIORITY behind the end of a request", Frame(.priority, stream: 1, priority)),
        ("§5.1: WINDOW_UPDATE on a stream that is gone", .windowUpdate(3, 100)),
        ("§5.1: RST_STREAM on a stream that is gone", .reset(3)),
        ("§5.1: PRIORITY on a stream that is gone", Frame(.priority, stream: 3, priority)),
        ("§7: RST_STREAM with a code that nobody knows", .reset(1, 0xdead_beef)),
        ("§4.1: flags that mean nothing", Frame(.ping, flags: 0xfe, [0, 0, 0, 0, 0, 0, 0, 0])),
        ("§4.1: the reserved bit of a stream's number", Frame(.windowUpdate, stream: 0x8000_0001, Frame.bytes(1))),
        ("§6.9: the reserved bit of an increment", .windowUpdate(1, 0x8000_0001)),
    ]

    @Test(arguments: harmless)
    func `what is allowed or means nothing disturbs nothing`(name: String, frame: Frame) async throws {
        let (wire, judge) = try await Self.waiting(.request(1, "POST", "/"), .request(3, "POST", "/"), .reset(3))
        try await wire.send(frame)
        try await wire.send(.request(11, "POST", "/next"))
        let codes = try await wire.received().compactMap(\.errorCode)
        #expect(codes.isEmpty)
        #expect(judge.paths.last == "/next" && !wire.isClosed)
    }

    @Test func `§7: GOAWAY with a code that nobody knows is a goodbye like any other`() async throws {
        let late = LateAnswers()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(late.plan()) })
        try await wire.send(.request(1, "POST", "/", ends: false), .data(1, "hi", ends: true))
        try await wire.send(Frame(.goAway, Frame.bytes(0) + Frame.bytes(0xdead_beef)))
        #expect(late.release(), "what is under way is served")
        #expect(try await wire.received().text(of: 1) == "hi")
        #expect(wire.isClosed, "and then there is nothing left to do")
    }
}
