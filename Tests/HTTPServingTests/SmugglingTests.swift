import HTTPWire
import NIOCore
import Testing

@testable import HTTPServing

/// A request whose end two programs could see in different places is refused, the connection closed, and nothing behind
/// it taken for a request (RFC 9112 §2.2, §5.1, §5.2, §6.1, §6.3, §7.1).
@Suite struct SmugglingTests {
    private static let second = "GET /second HTTP/1.1\r\nHost: sluice\r\n\r\n"
    private static let chunked = "Transfer-Encoding: chunked\r\n"
    private static let chunks = "5\r\nhello\r\n0\r\n\r\n"

    private static func post(_ fields: String, _ body: String, version: String = "HTTP/1.1") -> String {
        "POST /first \(version)\r\nHost: sluice\r\n\(fields)\r\n\(body)"
    }

    private static func get(_ fields: String, target: String = "/first") -> String {
        "GET \(target) HTTP/1.1\r\n\(fields)\r\n"
    }

    static let ambiguous: [(name: String, bytes: String)] = [
        // Two lengths, or one that is none.
        ("both lengths", post("Content-Length: 5\r\n\(chunked)", chunks)),
        ("both lengths, the other way round", post("\(chunked)Content-Length: 5\r\n", chunks)),
        ("two lengths that differ", post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")),
        ("two lengths that agree", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")),
        ("a list of lengths", post("Content-Length: 5, 5\r\n", "hello")),
        ("a length with a sign", post("Content-Length: +5\r\n", "hello")),
        ("a length below zero", post("Content-Length: -5\r\n", "hello")),
        ("a length in hexadecimal", post("Content-Length: 0x5\r\n", "hello")),
        ("a length with a space in it", post("Content-Length: 1 0\r\n", "hello")),
        ("a length with a fraction", post("Content-Length: 5.0\r\n", "hello")),
        ("a length that overflows", post("Content-Length: 99999999999999999999\r\n", "hello")),
        ("a length that overflows a word", post("Content-Length: 18446744073709551616\r\n", "hello")),
        ("a list of lengths that differ", post("Content-Length: 1,2\r\n", "hello")),
        ("an empty length", post("Content-Length: \r\n", "hello")),
        // Codings.
        ("chunked is not last", post("Transfer-Encoding: chunked, gzip\r\n", chunks)),
        ("chunked, then identity", post("Transfer-Encoding: chunked, identity\r\n", chunks)),
        ("identity, then chunked", post("Transfer-Encoding: identity, chunked\r\n", chunks)),
        ("gzip, then chunked", post("Transfer-Encoding: gzip, chunked\r\n", chunks)),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", chunks)),
        ("chunked in two fields", post("\(chunked)\(chunked)", chunks)),
        ("two fields that differ", post("\(chunked)Transfer-Encoding: identity\r\n", chunks)),
        ("identity", post("Transfer-Encoding: identity\r\n", "hello")),
        ("a coding nobody knows", post("Transfer-Encoding: xchunked\r\n", chunks)),
        ("a coding with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", chunks)),
        ("a coding in quotes", post("Transfer-Encoding: \"chunked\"\r\n", chunks)),
        ("a Kelvin sign for a k", post("Transfer-Encoding: chun\u{212A}ed\r\n", chunks)),
        ("chunked, and a comma", post("Transfer-Encoding: chunked,\r\n", chunks)),
        ("an empty coding", post("Transfer-Encoding: \r\n", chunks)),
        ("chunked in HTTP/1.0", post(chunked, chunks, version: "HTTP/1.0")),
        // Chunks.
        ("a chunk size that is no number", post(chunked, "zz\r\nhello\r\n0\r\n\r\n")),
        ("an empty chunk size", post(chunked, "\r\nhello\r\n0\r\n\r\n")),
        ("a chunk size with a sign", post(chunked, "+5\r\nhello\r\n0\r\n\r\n")),
        ("a chunk size below zero", post(chunked, "-5\r\nhello\r\n0\r\n\r\n")),
        ("a chunk size with 0x", post(chunked, "0x5\r\nhello\r\n0\r\n\r\n")),
        ("a space before the chunk size", post(chunked, " 5\r\nhello\r\n0\r\n\r\n")),
        ("a space behind the chunk size", post(chunked, "5 \r\nhello\r\n0\r\n\r\n")),
        ("a chunk longer than it says", post(chunked, "5\r\nhelloX\r\n0\r\n\r\n")),
        ("a chunk line that ends in LF", post(chunked, "5\nhello\r\n0\r\n\r\n")),
        ("a chunk that ends in LF", post(chunked, "5\r\nhello\n0\r\n\r\n")),
        ("a chunk line that ends in CR", post(chunked, "5\rhello\r\n0\r\n\r\n")),
        ("LF in a chunk extension", post(chunked, "5;a\nb\r\nhello\r\n0\r\n\r\n")),
        ("NUL in a chunk extension", post(chunked, "5;a\0b\r\nhello\r\n0\r\n\r\n")),
        // Lines and fields.
        ("a folded field", get("Host: sluice\r\nX-Folded: a\r\n b\r\n")),
        ("a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", chunks)),
        ("a folded length", post("Content-Length:\r\n 5\r\n", "hello")),
        ("a line that begins with a space", get(" Host: sluice\r\n")),
        ("a space before the colon", post("Content-Length : 5\r\n", "hello")),
        ("a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", chunks)),
        ("a space in a name", get("Host: sluice\r\nX Y: z\r\n")),
        ("a field without a name", get("Host: sluice\r\n: x\r\n")),
        ("a field without a colon", get("Host: sluice\r\nnonsense\r\n")),
        ("NUL in a value", get("Host: sluice\r\nX: a\0b\r\n")),
        ("NUL in a name", get("Host: sluice\r\nX\0: ab\r\n")),
        ("a control character in a value", get("Host: sluice\r\nX: a\u{1}b\r\n")),
        ("DEL in a value", get("Host: sluice\r\nX: a\u{7f}b\r\n")),
        ("a bare CR in a value", get("Host: sluice\r\nX: a\rTransfer-Encoding: chunked\r\n")),
        ("a field that ends in LF", get("Host: sluice\nX: a\r\n")),
        ("a request line that ends in LF", "GET /first HTTP/1.1\nHost: sluice\r\n\r\n"),
        ("a head that ends in LF", "GET /first HTTP/1.1\r\nHost: sluice\r\n\n"),
        ("lines that all end in LF", "GET /first HTTP/1.1\nHost: sluice\n\n"),
        ("lines that all end in CR", "GET /first HTTP/1.1\rHost: sluice\r\r"),
        // The request line.
        ("no version", "GET /first\r\n\r\n"),
        ("HTTP/0.9", "GET /first HTTP/0.9\r\nHost: sluice\r\n\r\n"),
        ("HTTP/2.0", "GET /first HTTP/2.0\r\nHost: sluice\r\n\r\n"),
        ("HTTP/1.12", "GET /first HTTP/1.12\r\nHost: sluice\r\n\r\n"),
        ("another protocol", "GET /first ICE/1.0\r\nHost: sluice\r\n\r\n"),
        ("http in lower case", "GET /first http/1.1\r\nHost: sluice\r\n\r\n"),
        ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("a space before the method", " GET /first HTTP/1.1\r\nHost: sluice\r\n\r\n"),
        ("a tab behind the method", "GET\t/first HTTP/1.1\r\nHost: sluice\r\n\r\n"),
        ("a space in the target", "GET /fi rst HTTP/1.1\r\nHost: sluice\r\n\r\n"),
        ("a method that nobody knows", "BREW /first HTTP/1.1\r\nHost: sluice\r\n\r\n"),
        ("a method in lower case", "get /first HTTP/1.1\r\nHost: sluice\r\n\r\n"),
        ("a response", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ("a TLS record", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}"),
        // Host and target.
        ("no host", get("")),
        ("two hosts", get("Host: a\r\nHost: b\r\n")),
        ("two hosts that agree", get("Host: a\r\nHost: a\r\n")),
        ("a host that is none", get("Host: a b\r\n")),
        ("a target in absolute form with a user", get("Host: sluice\r\n", target: "https://u@sluice/first")),
        ("a target in asterisk form", get("Host: sluice\r\n", target: "*")),
        ("a target in authority form", get("Host: sluice\r\n", target: "sluice:443")),
        ("a target that is no path", get("Host: sluice\r\n", target: "first")),
        ("a target with a fragment", get("Host: sluice\r\n", target: "/first#second")),
        ("a target that is not ASCII", get("Host: sluice\r\n", target: "/first?topic=é")),
        ("a control character in the target", get("Host: sluice\r\n", target: "/fir\u{1}st")),
        ("a pseudo-header", get("Host: sluice\r\n:path: /second\r\n")),
    ]

    @Test(arguments: ambiguous.map(\.name))
    func `is refused, closed, and hides no second request`(name: String) async throws {
        let bytes = try #require(Self.ambiguous.first { $0.name == name }).bytes
        for isTrickled in [false, true] {
            let judge = ScriptedJudge.echo()
            let wire = try await Wire(judge)
            isTrickled ? try await wire.trickle(bytes + Self.second) : try await wire.send(bytes + Self.second)
            let text = try await wire.received()
            let responses = try Response.all(in: text)
            #expect(responses.count == 1, "\(text)")
            #expect(responses.first?.status == 400, "\(text)")
            #expect(responses.first?["connection"] == "close", "\(text)")
            #expect(responses.first?.code == "request-malformed", "\(text)")
            #expect(!judge.paths.contains("/second"))
            try await wire.send(Self.second)
            await wire.pass(.seconds(3))
            #expect(wire.isClosed)
            #expect(try await wire.received() == "")
        }
    }

    private static let unambiguous: [(name: String, bytes: String, bodies: [String])] = [
        ("a length", post("Content-Length: 5\r\n", "hello"), ["hello", "/second"]),
        ("a length of zero", post("Content-Length: 0\r\n", ""), ["", "/second"]),
        ("no length at all", post("", ""), ["", "/second"]),
        ("a length with zeros in front", post("Content-Length: 005\r\n", "hello"), ["hello", "/second"]),
        ("chunks", post(chunked, chunks), ["hello", "/second"]),
        ("chunked in capitals", post("TRANSFER-ENCODING: Chunked\r\n", chunks), ["hello", "/second"]),
        ("an extension and a trailer", post(chunked, "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n"), ["hello", "/second"]),
        (
            "capital digits, several chunks", post(chunked, "A\r\n0123456789\r\n1\r\n!\r\n0\r\n\r\n"),
            ["0123456789!", "/second"]
        ),
        ("space around a value", get("Host: sluice\r\nX: \t a \t\r\n"), ["/first", "/second"]),
        ("no space behind the colon", get("Host:sluice\r\nX:\r\n"), ["/first", "/second"]),
        ("space around a length", post("Content-Length:  5  \r\n", "hello"), ["hello", "/second"]),
        ("an empty line in front", "\r\n" + get("Host: sluice\r\n"), ["/first", "/second"]),
        ("an absolute form", get("Host: sluice\r\n", target: "https://sluice/first"), ["/first", "/second"]),
        ("bytes above ASCII in a value", get("Host: sluice\r\nX: é\r\n"), ["/first", "/second"]),
    ]

    @Test(arguments: unambiguous.map(\.name))
    func `the same written right is served, and so is what follows`(name: String) async throws {
        let (_, bytes, bodies) = try #require(Self.unambiguous.first { $0.name == name })
        for isTrickled in [false, true] {
            let wire = try await Wire(ScriptedJudge.echo())
            isTrickled ? try await wire.trickle(bytes + Self.second) : try await wire.send(bytes + Self.second)
            let responses = try Response.all(in: try await wire.received())
            #expect(responses.map(\.body) == bodies)
            #expect(!wire.isClosed)
        }
    }
}
