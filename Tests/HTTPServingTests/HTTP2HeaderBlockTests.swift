import FrameClient
import HTTP2Kit
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// Where HEADERS and CONTINUATION may stand, and in what form (RFC 9113 §4.3, §5.1, §6.2, §6.10; RFC 7541). Beside what
/// stands in ``HTTP2HostileTests``.
@Suite struct HTTP2HeaderBlockTests {
    private static let get: [(String, String)] = [
        (":method", "GET"), (":scheme", "https"), (":authority", "sluice"), (":path", "/"),
    ]
    /// A GET whose fields go on in a CONTINUATION.
    private static let unfinished = Frame(.headers, flags: Frame.endStream, stream: 1, Frame.block(get))
    private static let rest = Frame.block([("a", "b")])
    /// Depends on no stream, and has the usual weight.
    private static let priority: [UInt8] = [0, 0, 0, 0, 15]
    private static let tooMuch = [UInt8](repeating: 0, count: 16_385)

    private static func block(_ flags: UInt8, _ payload: [UInt8]) -> [Frame] {
        [Frame(.headers, flags: Frame.endHeaders | Frame.endStream | flags, stream: 1, payload)]
    }

    @Test func `fields in several frames are one request`() async throws {
        let judge = ScriptedJudge.echo()
        let wire = try await HTTP2Wire(judge)
        let pieces = [0, Frame.endHeaders].map { Frame(.continuation, flags: $0, stream: 1, Self.rest) }
        #expect(try await wire.exchange(Self.unfinished, pieces[0], pieces[1]).body == "/")
        #expect(judge.requests.first?.headerFields.count == 2)
    }

    @Test func `padding and the priorities of old are passed over`() async throws {
        let wire = try await HTTP2Wire(ScriptedJudge.echo())
        // RFC 9113 §6.2: pad length, stream dependency, weight, fields, padding.
        let payload = [3] + Self.priority + Frame.block(Self.get) + [0, 0, 0]
        #expect(try await wire.exchange(Self.block(0x28, payload)[0]).body == "/")
    }

    private static let brokenUp: [(String, [Frame])] = [
        ("§6.10: PRIORITY inside", [unfinished, Frame(.priority, stream: 1, priority)]),
        ("§6.10: DATA inside", [unfinished, .data(1, "x")]),
        ("§6.10: PING inside", [unfinished, .ping()]),
        ("§6.10: SETTINGS inside", [unfinished, .settings()]),
        ("§5.5: a frame of an unknown kind inside", [unfinished, Frame(type: 0xbe, stream: 1, [1])]),
        ("§6.2: HEADERS of another stream inside", [unfinished, .request(3, "/")]),
        ("§6.10: CONTINUATION of another stream", [unfinished, Frame(.continuation, flags: 4, stream: 3, rest)]),
        ("§6.10: CONTINUATION on stream 0", [unfinished, Frame(.continuation, flags: 4, stream: 0, rest)]),
        ("§6.10: CONTINUATION behind the end", [.request(1, "/"), Frame(.continuation, flags: 4, stream: 1, rest)]),
        (
            "§6.10: CONTINUATION behind DATA",
            [.request(1, "POST", "/", ends: false), .data(1, "x"), Frame(.continuation, flags: 4, stream: 1, rest)]
        ),
        ("§6.2: padding longer than the frame", block(8, [200, 0])),
        ("§6.2: padding that leaves no room for what must be there", block(0x28, [5, 0, 0, 0, 0, 15])),
    ]

    @Test(arguments: brokenUp)
    func `a header block that is broken up ends the connection`(name: String, frames: [Frame]) async throws {
        try await Self.expectGoodbye([.protocolError], frames)
    }

    private static let wrongLengths: [(String, [Frame])] = [
        ("§4.2: HEADERS larger than was allowed", block(0, tooMuch)),
        ("§6.2: padding of which not even the length is there", block(8, [])),
        ("§6.2: priorities that are cut off", block(0x20, [0, 0, 0, 0])),
    ]

    @Test(arguments: wrongLengths)
    func `a frame whose length can't be is refused`(name: String, frames: [Frame]) async throws {
        // §4.2 leaves room for the other word where a field is cut off.
        try await Self.expectGoodbye([.frameSizeError, .protocolError], frames)
    }

    @Test func `a CONTINUATION larger than was allowed ends the connection`() async throws {
        // Of such a frame nghttp2 looks at what it holds, not at its length: §4.2 would have FRAME_SIZE_ERROR.
        try await Self.expectGoodbye(
            [.frameSizeError, .compressionError],
            [Self.unfinished, Frame(.continuation, flags: Frame.endHeaders, stream: 1, Self.tooMuch)])
    }

    private static let brokenCompression: [(String, [Frame])] = [
        ("§6.1: index 0", block(0, [0x80])),
        ("§2.3.3: an index that nothing has", block(0, [0xff, 0x7f])),
        ("§6.3: a table larger than was allowed", block(0, [0x3f, 0xff, 0xff, 0x7f])),
        ("§4.2: a table that changes behind a field", block(0, rest + [0x20])),
        ("§5.2: a text that is cut off", block(0, [0, 10, 1, 2])),
        ("§5.2: Huffman's end in a text", block(0, [0, 0x84, 0xff, 0xff, 0xff, 0xff, 0])),
        ("§5.1: a number beyond all bounds", block(0, [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    ]

    @Test(arguments: brokenCompression)
    func `compression that is broken ends the connection (RFC 7541)`(name: String, frames: [Frame]) async throws {
        try await Self.expectGoodbye([.compressionError], frames)
    }

    static func expectGoodbye(
        _ codes: [WireErrorCode], _ frames: [Frame], source: SourceLocation = #_sourceLocation
    ) async throws {
        let metrics = RefusalCounter()
        let wire = try await HTTP2Wire(ScriptedJudge { _ in .collect(LateAnswers().plan()) }, metrics: metrics)
        try await wire.send(bytes: frames.flatMap(\.bytes))
        let sent = try await wire.received()
        let goodbye = sent.goodbye
        #expect(codes.contains { $0.rawValue == goodbye }, "\(sent.suffix(3))", sourceLocation: source)
        #expect(wire.isClosed, sourceLocation: source)
        #expect(metrics.reasons.last == "http2-protocol", sourceLocation: source)
    }
}
