import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import SeededRandom
import Testing

@testable import HTTPServing

/// An answer's bytes.
@Suite struct AnswerWriterTests {
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    private static func text(
        _ writer: inout AnswerWriter, _ answer: Answer, version: HTTPVersion = .http1_1, isHead: Bool = false,
        _ persistence: AnswerWriter.Persistence = .asUsual, date: String = date
    ) -> String {
        let (first, rest) = writer.bytes(of: answer, version: version, isHead: isHead, persistence, date: date)
        return String(buffer: first) + (rest.map { String(buffer: $0) } ?? "")
    }

    private static func text(_ answer: Answer, isHead: Bool = false) -> String {
        var writer = AnswerWriter()
        return text(&writer, answer, isHead: isHead)
    }

    @Test func `an answer has its date, its fields and its length`() {
        #expect(
            Self.text(Answer(.ok, fields: [.contentType: "text/plain", .vary: "Origin"], body: Array("hello".utf8)))
                == "HTTP/1.1 200 OK\r\ndate: \(Self.date)\r\ncontent-type: text/plain\r\nvary: Origin\r\n"
                + "content-length: 5\r\n\r\nhello")
        #expect(
            Self.text(Answer(.noContent, fields: [.vary: "Origin"]))
                == "HTTP/1.1 204 No Content\r\ndate: \(Self.date)\r\nvary: Origin\r\n\r\n")
    }

    @Test func `the next answer says what is its own`() {
        var writer = AnswerWriter()
        let fields: HTTPFields = [.contentType: "a"]
        for (number, body) in ["x", "longer", "", "x"].enumerated() {
            var fields = fields
            // The same text to Swift, and other bytes.
            if number == 2 { fields[.contentType] = "\u{e9}" }
            if number == 3 { fields[.contentType] = "e\u{301}" }
            let answer = Answer(number == 1 ? .created : .ok, fields: fields, body: Array(body.utf8))
            for date in [Self.date, "another", "another"] {
                for persistence in [AnswerWriter.Persistence.asUsual, .asUsual, .close, .keepAlive] {
                    var fresh = AnswerWriter()
                    #expect(
                        Self.text(&writer, answer, persistence, date: date)
                            == Self.text(&fresh, answer, persistence, date: date))
                }
            }
        }
    }

    @Test func `each answer says its own request's name`() throws {
        let field = try #require(HTTPField.Name("X-Request-Id"))
        var writer = AnswerWriter()
        let answer = Answer(.ok, fields: [.vary: "Origin"], body: Array("x".utf8))
        for name in ["one", "two", "two", "three"] {
            let id = RequestID([field: name])
            let (bytes, _) = writer.bytes(
                of: answer, named: id, version: .http1_1, isHead: false, .asUsual, date: Self.date)
            let named = "date: \(Self.date)\r\nvary: Origin\r\nx-request-id: \(name)\r\ncontent-length: 1\r\n\r\nx"
            #expect(String(buffer: bytes) == "HTTP/1.1 200 OK\r\n" + named)
        }
        let head = writer.headOfStream(answer, named: .fresh(), version: .http1_1, date: Self.date)
        #expect(String(buffer: head).contains("\r\nx-request-id: "))
    }

    @Test func `an answer of a head that others share is as if it had its own`() {
        let (one, other) = (
            AnswerHead(.ok, [.contentType: "a", .vary: "Origin"]), AnswerHead(.created, [.contentType: "b"])
        )
        var (shared, own) = (AnswerWriter(), AnswerWriter())
        for (number, head) in [one, one, other, one, other, other].enumerated() {
            let body = ByteBuffer(string: "\(number)")
            var (answer, same) = (Answer(head, body: body), Answer(head.status, head.fields, body, refusal: nil))
            #expect(answer == same && answer.head === head)
            #expect(Self.text(&shared, answer) == Self.text(&own, same))
            answer.add([.allow: "GET"])
            same.add([.allow: "GET"])
            #expect(answer.head !== head, "it says more than the head")
            #expect(Self.text(&shared, answer) == Self.text(&own, same))
        }
        var changed = Answer(one, body: ByteBuffer())
        changed.status = .accepted
        #expect(changed.head !== one && Self.text(changed).hasPrefix("HTTP/1.1 202"))
    }

    @Test func `a large body is not copied`() {
        var writer = AnswerWriter()
        let large = ByteBuffer(repeating: 1, count: AnswerWriter.shortBody + 1)
        let (_, rest) = writer.bytes(
            of: Answer(.ok, fields: [:], file: large), version: .http1_1, isHead: false, .asUsual, date: Self.date)
        #expect(rest == large)
        let (head, none) = writer.bytes(
            of: Answer(.ok, fields: [:], file: large), version: .http1_1, isHead: true, .asUsual, date: Self.date)
        #expect(none == nil && head.readableBytes < 200)
        #expect(String(buffer: head).hasSuffix("content-length: \(AnswerWriter.shortBody + 1)\r\n\r\n"))
    }

    @Test func `a stream's head says how its body is framed`() {
        var writer = AnswerWriter()
        let answer = Answer(.ok, fields: [.contentType: "text/event-stream"])
        let head = "date: \(Self.date)\r\ncontent-type: text/event-stream\r\n"
        #expect(
            String(buffer: writer.headOfStream(answer, version: .http1_1, date: Self.date))
                == "HTTP/1.1 200 OK\r\n\(head)transfer-encoding: chunked\r\n\r\n")
        #expect(
            String(buffer: writer.headOfStream(answer, version: .http1_0, date: Self.date))
                == "HTTP/1.0 200 OK\r\n\(head)\r\n")
    }

    /// Any answers one after the other, beside NIO's encoder, which knows nothing of the one before.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the bytes are those of NIO's encoder`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var writer = AnswerWriter()
        for _ in 0..<200 {
            let (answer, isHead) = (Self.answer(&random), Bool.random(using: &random))
            let version = Bool.random(using: &random) ? HTTPVersion.http1_1 : .http1_0
            let persistence = [AnswerWriter.Persistence.asUsual, .keepAlive, .close].randomElement(using: &random)
            let own = Self.text(&writer, answer, version: version, isHead: isHead, persistence ?? .asUsual)
            let theirs = try Self.encoded(answer, version: version, isHead: isHead, persistence ?? .asUsual)
            #expect(Self.sorted(own) == Self.sorted(theirs))
        }
    }

    private static func answer(_ random: inout SeededGenerator) -> Answer {
        let statuses: [HTTPResponse.Status] = [.ok, .ok, .noContent, .notModified, .badRequest, .tooManyRequests]
        let status = statuses.randomElement(using: &random) ?? .ok
        var fields: HTTPFields = [:]
        if Bool.random(using: &random) { fields[.contentType] = "text/plain" }
        if Bool.random(using: &random) { fields[.vary] = "Origin" }
        let isEmpty = status == .noContent || status == .notModified || Bool.random(using: &random)
        return Answer(status, fields: fields, body: isEmpty ? [] : Array("body".utf8))
    }

    private static func encoded(
        _ answer: Answer, version: HTTPVersion, isHead: Bool, _ persistence: AnswerWriter.Persistence
    ) throws -> String {
        let channel = EmbeddedChannel(handler: HTTPResponseEncoder())
        var headers = HTTPHeaders([("date", date)])
        for field in answer.fields { headers.add(name: field.name.canonicalName, value: field.value) }
        if let length = answer.declaredLength { headers.add(name: "content-length", value: "\(length)") }
        switch persistence {
        case .asUsual: break
        case .keepAlive: headers.add(name: "connection", value: "keep-alive")
        case .close: headers.add(name: "connection", value: "close")
        }
        let head = HTTPResponseHead(version: version, status: .init(statusCode: answer.status.code), headers: headers)
        try channel.writeOutbound(HTTPServerResponsePart.head(head))
        if !isHead {
            if answer.body.readableBytes > 0 {
                try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(answer.body)))
            }
            try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        }
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    /// Fields of different names may come in any order (RFC 9110 §5.3).
    private static func sorted(_ text: String) -> [String] {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.map { String(decoding: $0, as: UTF8.self) }.sorted()
    }
}
