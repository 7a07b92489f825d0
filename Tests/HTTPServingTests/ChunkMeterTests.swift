import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// What the framing of a chunked body may cost, and what it announces (RFC 9112 §7.1).
@Suite struct ChunkMeterTests {
    /// How many bytes are the body's, in one look or byte by byte.
    private static func count(_ text: String, limit: Int = .max, cut: Bool) throws -> (count: Int, isComplete: Bool) {
        var (meter, count) = (ChunkMeter(), 0)
        let bytes = Array(text.utf8)
        for piece in cut ? bytes.map({ [$0] }) : [bytes] where !meter.isComplete {
            count += try piece.withUnsafeBytes { try meter.look(over: $0, limit: limit) }
        }
        return (count, meter.isComplete)
    }

    @Test(arguments: [
        "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "A;a=b\r\n0123456789\r\n1\r\n!\r\n0\r\n\r\n", "0\r\nX: y\r\nZ:\r\n\r\n",
        "000\r\n\r\n", "2\r\n\r\n\r\n0;x\r\n\r\n",
    ])
    func `a body ends where its last line does`(body: String) throws {
        for cut in [true, false] {
            #expect(try Self.count(body + "GET / HTTP/1.1\r\n", cut: cut) == (body.utf8.count, true))
            #expect(try Self.count(String(body.dropLast()), cut: cut).isComplete == false)
        }
    }

    @Test(arguments: [
        "b\r\n", "100000005\r\n", "ffffffffffffffff\r\n", "10000000000000005\r\n", "fffffffffffffffffffff\r\n",
        "a\r\n0123456789\r\n1\r\n", "a\r\n0123456789\r\nffffffffffffffff\r\n",
    ])
    func `more than may be sent is refused when it is announced`(body: String) {
        for cut in [true, false] {
            #expect(throws: ChunkMeter.Trouble.tooLarge) { try Self.count(body, limit: 10, cut: cut) }
        }
    }

    @Test(arguments: [
        "0;" + String(repeating: "x", count: 20_000), String(repeating: "0", count: 20_000),
        String(repeating: "1\r\nx\r\n", count: 5_000), "0\r\n" + String(repeating: "X: y\r\n", count: 4_000),
        String(repeating: "1;abcdefghij\r\nx\r\n", count: 2_000),
    ])
    func `more framing than content is refused in the end`(body: String) {
        #expect(throws: ChunkMeter.Trouble.overhead) { try Self.count(body, cut: false) }
    }

    @Test func `bodies in small pieces pass, however many they are`() throws {
        let line = #"{"to":{"user":"a"},"data":"x"}"#
        let body = String(repeating: "1e\r\n\(line)\r\n", count: 20_000) + "0\r\n\r\n"
        #expect(try Self.count(body, cut: false).isComplete)
        #expect(
            try Self.count(String(repeating: "8\r\n12345678\r\n", count: 50_000) + "0\r\n\r\n", cut: false).isComplete)
    }

    // MARK: Heads

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nA: b\r\n\r\n", 24), ("\r\n\r\nGET", 4), ("a\r\n\r\r\n\r\n", 8), ("abc\r\n", nil),
        ("\r\n\n\r\n", nil),
        ("abcd\r\n\r\n", 8), ("abcde\r\n\r\n", 9), ("abcdef\r\n\r\n", 10), ("abcdefg\r\n\r\nx", 11), ("\r\r\n\r\n", 5),
    ])
    func `a head ends behind its empty line`(text: String, end: Int?) {
        let bytes = Array(text.utf8)
        var whole = HeadEnd()
        #expect(bytes.withUnsafeBytes { whole.find(in: $0) } == end)
        for size in 1...5 {
            var (pieces, found) = (HeadEnd(), Int?.none)
            for start in stride(from: 0, to: bytes.count, by: size) where found == nil {
                let piece = Array(bytes[start..<min(start + size, bytes.count)])
                found = piece.withUnsafeBytes { pieces.find(in: $0) }.map { $0 + start }
            }
            #expect(found == end, "in pieces of \(size)")
        }
    }

    // MARK: On a connection

    private static let post = "POST /p HTTP/1.1\r\nHost: sluice\r\nTransfer-Encoding: chunked\r\n\r\n"
    private static let get = "GET /next HTTP/1.1\r\nHost: sluice\r\n\r\n"

    private static func expectRefusal(
        _ body: String, _ status: Int, source: SourceLocation = #_sourceLocation
    ) async throws {
        for isTrickled in [false, true] {
            let judge = ScriptedJudge.echo(limit: 64 * 1024)
            let wire = try await Wire(judge)
            let bytes = post + body
            isTrickled && bytes.utf8.count < 200 ? try await wire.trickle(bytes) : try await wire.send(bytes)
            let responses = try Response.all(in: try await wire.received())
            #expect(responses.map(\.status) == [status], sourceLocation: source)
            #expect(responses.first?["connection"] == "close", sourceLocation: source)
            try await wire.send(get)
            await wire.pass(.seconds(2))
            #expect(wire.isClosed && !judge.paths.contains("/next"), sourceLocation: source)
        }
    }

    /// Not when the body's time is over: at once.
    @Test(arguments: [
        ("100000005\r\nhello\r\n0\r\n\r\n", 413), ("ffffffffffffffff\r\n", 413), ("10001\r\n", 413),
        ("fffffffffffffffff\r\nhello", 413), ("zz\r\n", 400),
    ])
    func `a chunk that is too large is answered at once`(body: String, status: Int) async throws {
        try await Self.expectRefusal(body, status)
    }

    @Test func `extensions, single bytes and trailers are bounded in their sum`() async throws {
        try await Self.expectRefusal(
            String(repeating: "1;\(String(repeating: "x", count: 60))\r\nx\r\n", count: 400), 400)
        try await Self.expectRefusal(String(repeating: "1\r\nx\r\n", count: 5_000), 400)
        try await Self.expectRefusal("0\r\n" + String(repeating: "X: y\r\n", count: 2_600), 431)
        try await Self.expectRefusal("0\r\nX: \(String(repeating: "y", count: 17_000))", 400)
    }

    @Test func `chunked requests may follow each other, and others, in one read`() async throws {
        let chunks = "3;a=b\r\nabc\r\n2\r\n\r\n\r\n0\r\nX: y\r\n\r\n"
        let length = "POST /p HTTP/1.1\r\nHost: sluice\r\nContent-Length: 8\r\n\r\nab\r\n\r\ncd"
        let all = Self.get + Self.post + chunks + length + Self.get + Self.post + "0\r\n\r\n" + "\r\n" + Self.get
        let bodies = ["/next", "abc\r\n", "ab\r\n\r\ncd", "/next", "", "/next"]
        for size in [1, 7, 64, 10_000] {
            let wire = try await Wire(ScriptedJudge.echo())
            var rest = ByteBuffer(string: all)
            while let piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
                try await wire.send(piece)
            }
            #expect(try Response.all(in: try await wire.received()).map(\.body) == bodies, "in pieces of \(size)")
            #expect(!wire.isClosed)
        }
    }
}
