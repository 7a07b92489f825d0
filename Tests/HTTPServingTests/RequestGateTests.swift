import EventLog
import HTTPTypes
import HTTPWire
import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPServing

/// What TLS brings goes right to the gate, record by record, until the connection is somebody else's.
@Suite struct RequestGateTests {
    private static func post(_ body: String, to path: String = "/p") -> String {
        "POST \(path) HTTP/1.1\r\nHost: sluice\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: sluice\r\n\r\n" }

    // MARK: Requests

    /// A request is complete in the first record, and the next one begins in it.
    @Test func `requests are answered in their order, wherever one record ends and the next begins`() async throws {
        let bodies = ["one", "two two", "", "three"]
        let text = bodies.map { Self.post($0) }.joined() + Self.get("/four") + Self.post("five")
        for cut in 1..<text.utf8.count {
            let wire = try await Wire(ScriptedJudge.echo())
            // The head is known from here on.
            #expect(try await wire.exchange(Self.post("known")).body == "known")
            try await wire.send(records: [text.prefix(bytes: cut), text.dropping(bytes: cut)])
            let answers = try Response.all(in: try await wire.received()).map(\.body)
            #expect(answers == bodies + ["/four", "five"], "cut at \(cut)")
            #expect(wire.isReading && !wire.isClosed)
        }
    }

    @Test func `an answer leaves as soon as its request is complete, whatever has begun behind it`() async throws {
        let wire = try await Wire(ScriptedJudge.echo())
        for _ in 0..<2 { #expect(try await wire.exchange(Self.post("known")).body == "known") }
        let next = Self.post("second")
        try await wire.send(Self.post("first") + next.prefix(bytes: next.utf8.count - 3))
        #expect(try Response.all(in: try await wire.received()).map(\.body) == ["first"])
        try await wire.send(next.dropping(bytes: next.utf8.count - 3))
        #expect(try Response.all(in: try await wire.received()).map(\.body) == ["second"])
    }

    // MARK: Streams

    /// Opens a stream where it is asked for one, and for the third request; echoes the others.
    private static func judge() -> ScriptedJudge {
        let (echo, count) = (ScriptedJudge.echo(), NIOLockedValueBox(0))
        return ScriptedJudge { request in
            var peer = Peer()
            let number = count.withLockedValue { count in
                count += 1
                return count
            }
            guard request.path == "/stream" || number == 3 else { return echo.judge(request, from: &peer) }
            return .stream(SilentStream())
        }
    }

    /// - Returns: whether the connection is a stream's, whose head leaves with its first event.
    private static func hasStream(_ wire: Wire) async throws -> Bool {
        let (channel, event) = (wire.channel, EventFrame(id: nil, event: nil, data: ByteBuffer(string: "event")))
        try await channel.testingEventLoop.executeInContext {
            try channel.pipeline.syncOperations.handler(type: HTTP1StreamHandler.self).writeAndFlush(event)
        }
        let isSent = try await wire.received().hasSuffix("chunked\r\n\r\n" + String(buffer: event.chunk))
        return isSent && !wire.isClosed && wire.isReading
    }

    /// The stream's request is in the middle of the record, and the rest of it in the next one of the same read.
    @Test(arguments: [1, 7, 40, 100])
    func `what stands behind a stream's request is nobody's request`(cut: Int) async throws {
        let judge = Self.judge()
        let wire = try await Wire(judge)
        let before = Self.post("known") + Self.post("known") + Self.get("/stream")
        let text = before + Self.post("known") + Self.get("/next") + Self.post("last")
        let end = before.utf8.count + cut
        try await wire.send(records: [text.prefix(bytes: end), text.dropping(bytes: end)])
        #expect(judge.paths == ["/p", "/p", "/stream"])
        #expect(try Response.all(in: try await wire.received()).map(\.body) == ["known", "known"])
        #expect(try await Self.hasStream(wire))
    }

    /// What goes past the pipeline up to the stream goes through it from there on, or nobody would count it.
    @Test(arguments: [(16 * 1024, false), (16 * 1024 + 1, true)])
    func `a record behind a stream's request counts against the stream's limit`(
        byteCount: Int, isClosed: Bool
    ) async throws {
        let wire = try await Wire(Self.judge())
        try await wire.send(records: [Self.get("/stream"), String(repeating: "x", count: byteCount)])
        #expect(wire.isClosed == isClosed)
    }

    /// A known head is told of past the decoder, which goes on in its record though the connection is not its owner's
    /// any more.
    @Test func `a known head that opens a stream is the last request of its record`() async throws {
        let judge = Self.judge()
        let wire = try await Wire(judge)
        try await wire.send(String(repeating: Self.post("{}"), count: 6))
        #expect(judge.requests.count == 3)
        #expect(try Response.all(in: try await wire.received()).map(\.body) == ["{}", "{}"])
        #expect(try await Self.hasStream(wire))
    }
}

extension String {
    fileprivate func prefix(bytes count: Int) -> String { String(decoding: utf8.prefix(count), as: UTF8.self) }
    fileprivate func dropping(bytes count: Int) -> String { String(decoding: utf8.dropFirst(count), as: UTF8.self) }
}
