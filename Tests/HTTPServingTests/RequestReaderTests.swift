import HTTPTypes
import NIOHTTP1
import SeededRandom
import Testing

@testable import HTTPServing

/// What a connection takes over from its last request is only what it would have found anew.
@Suite struct RequestReaderTests {
    private static func head(_ fields: [(String, String)], uri: String = "/v1/publish") -> HTTPRequestHead {
        HTTPRequestHead(version: .http1_1, method: .POST, uri: uri, headers: HTTPHeaders(fields))
    }

    private static let fields = [("Host", "sluice"), ("Content-Length", "2"), ("Idempotency-Key", "a")]

    private static func with(_ name: String, _ value: String) -> [(String, String)] {
        fields.map { $0.0 == name ? (name, value) : $0 }
    }

    private static func read(_ head: HTTPRequestHead, by reader: inout RequestReader) -> Result<HTTPRequest, Problem> {
        Result { () throws(Problem) in try reader.read(head) }
    }

    @Test(arguments: [
        ("Host", "b ad"), ("Content-Length", "-2"), ("Content-Length", ""), ("Idempotency-Key", "a\u{1}"),
    ])
    func `what changed in the next request is checked`(name: String, value: String) throws {
        var reader = RequestReader()
        _ = try reader.read(Self.head(Self.fields))
        #expect(throws: Problem.self) { try reader.read(Self.head(Self.with(name, value))) }
        #expect(reader.last == nil || reader.last?.headerFields.count == Self.fields.count)
    }

    @Test func `a target that names an authority is not taken for its path`() throws {
        var reader = RequestReader()
        let fields = [("Host", "other"), ("Content-Length", "2")]
        #expect(try reader.read(Self.head(fields, uri: "http://sluice/a")).authority == "sluice")
        #expect(try reader.read(Self.head(fields, uri: "/a")).authority == "other")
    }

    @Test(arguments: ["", " "])
    func `a value of other bytes is another value`(space: String) throws {
        var reader = RequestReader()
        // Both orders of the two marks are one text to Swift, and two to everyone who compares bytes.
        let (first, second) = ("e\u{301}\u{323}", "e\u{323}\u{301}")
        _ = try reader.read(Self.head(Self.with("Idempotency-Key", first)))
        let request = try reader.read(Self.head(Self.with("Idempotency-Key", second + space)))
        #expect(Array(request.headerFields[2].value.utf8) == Array(second.utf8))
    }

    /// Every request is read as if it were the connection's first.
    @Test func `a connection's requests are read as they would be alone`() {
        var random = SeededGenerator(test: "repeated requests")
        let pool: [[(String, String)]] = [
            [("Host", "sluice"), ("host", "sluice"), ("Host", "other:8443"), ("Host", "b ad"), ("X-Host", "sluice")],
            [
                ("Content-Length", "2"), ("Content-Length", "17"), ("content-length", "2"), ("Content-Length", "x"),
                ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip"),
            ],
            [("Content-Type", "application/json"), ("Content-Type", "text/plain "), ("Content-Length", "9")],
            [("X", "1"), ("X", "2"), ("Y", "1"), ("Transfer-Encoding", "chunked"), ("Host", "sluice")],
        ]
        let targets = ["/v1/publish", "/v1/publish?a", "https://sluice/v1/publish", "*", "v1"]
        for _ in 0..<200 {
            var reader = RequestReader()
            for _ in 0..<12 {
                let fields = pool.prefix(Int.random(in: 0...4, using: &random)).map { choices in
                    // Mostly the first: so that requests repeat.
                    Bool.random(using: &random) ? choices[0] : choices.randomElement(using: &random) ?? choices[0]
                }
                let uri = Int.random(in: 0..<6, using: &random) > 0 ? targets[0] : targets.randomElement(using: &random)
                let head = Self.head(fields, uri: uri ?? "/")
                let alone = Result { () throws(Problem) in try HTTPRequest(head) }
                #expect(Self.read(head, by: &reader) == alone, "\(head), seed \(random.seed)")
            }
        }
    }

    // MARK: Known heads

    private static func known(_ fields: [(String, String)]) throws -> (KnownHead, String) {
        let (head, text) = (head(fields), fields.map { "\($0): \($1)\r\n" }.joined())
        let bytes = Array("POST /v1/publish HTTP/1.1\r\n\(text)\r\n".utf8)
        let length = try #require(fields.first { $0.0 == "Content-Length" }.flatMap { Int($0.1) })
        let known = try #require(bytes.withUnsafeBytes { KnownHead(head, length: length, from: $0) })
        return (known, String(decoding: bytes, as: UTF8.self))
    }

    private static func read(
        _ length: String, of known: KnownHead, _ text: String, by reader: inout RequestReader
    ) throws -> HTTPRequest {
        let input = Array(text.replacing("Content-Length: 2", with: "Content-Length: \(length)").utf8)
        return try reader.read(known, try #require(input.withUnsafeBytes(known.match)))
    }

    @Test(arguments: [
        ["2", "3", "2"], ["17", "017", "17"], ["0", "2", "0"], ["2", "2"], ["000", "65536", "65537"],
    ])
    func `a known head is read as if it had come whole`(lengths: [String]) throws {
        let (known, text) = try Self.known(Self.fields)
        var reader = RequestReader()
        for length in lengths {
            var alone = RequestReader()
            let whole = try alone.read(Self.head(Self.with("Content-Length", length)))
            #expect(try Self.read(length, of: known, text, by: &reader) == whole)
            #expect(reader.facts == alone.facts && reader.last == whole)
        }
        #expect(reader.isRepeat)
    }

    @Test func `what follows a known head is compared with what that was`() throws {
        let (known, text) = try Self.known(Self.fields)
        var reader = RequestReader()
        for length in ["2", "7"] { _ = try Self.read(length, of: known, text, by: &reader) }
        // One without any field is not the one before it without its fields.
        #expect(throws: Problem.self) { try reader.read(Self.head([])) }
        for length in ["2", "7"] { _ = try Self.read(length, of: known, text, by: &reader) }
        #expect(try reader.read(Self.head(Self.fields)).headerFields[.contentLength] == "2")
        #expect(!reader.isRepeat)
        #expect(try Self.read("2", of: known, text, by: &reader).headerFields[.contentLength] == "2")
        #expect(!reader.isRepeat)
    }
}
