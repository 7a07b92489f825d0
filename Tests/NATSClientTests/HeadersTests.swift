import NIOCore
import Testing

@testable import NATSClient

@Suite struct HeadersTests {
    private func block(_ headers: Headers) -> ByteBuffer {
        var buffer = ByteBuffer()
        headers.write(into: &buffer)
        return buffer
    }

    @Test func whatIsWrittenIsRead() throws {
        var headers = Headers()
        try headers.add("Nats-Msg-Id", "7")
        try headers.add("Empty", "")
        try headers.add("Many", " one, \"two\" ")
        try headers.add("Many", "zwölf")
        #expect(block(headers).readableBytes == headers.encodedBytes)
        let read = try Headers(block: block(headers))
        #expect(read == headers)
        #expect(read.all("Many") == ["one, \"two\"", "zwölf"])
        #expect(read.first("nats-msg-id") == nil)
        #expect(read.first("Nats-Msg-Id") == "7")
        #expect(read.status == nil)
    }

    @Test(arguments: [
        ("NATS/1.0 503\r\n\r\n", 503, ""), ("NATS/1.0 503 No Responders\r\n\r\n", 503, "No Responders"),
        ("NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 7\r\n\r\n", 100, "Idle Heartbeat"),
        ("NATS/1.0   408  Request Timeout \r\n\r\n", 408, "Request Timeout"),
    ])
    func aStatusIsRead(text: String, code: Int, words: String) throws {
        let headers = try Headers(block: ByteBuffer(string: text))
        #expect(headers.status == Headers.Status(code: code, text: words))
    }

    @Test func aStatusIsWritten() throws {
        for status in [Headers.Status(code: 503), .init(code: 404, text: "No Messages")] {
            var headers = Headers()
            headers.status = status
            #expect(block(headers).readableBytes == headers.encodedBytes)
            #expect(try Headers(block: block(headers)).status == status)
        }
    }

    @Test(arguments: [
        "", "NATS/1.0", "NATS/1.0\r\n", "NATS/1.0\n\n", "NATS/2.0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "nats/1.0\r\n\r\n",
        "NATS/1.05\r\n\r\n", "NATS/1.0 50\r\n\r\n", "NATS/1.0 5033\r\n\r\n", "NATS/1.0 x03\r\n\r\n",
        "NATS/1.0503\r\n\r\n", "NATS/1.0\r\nno colon\r\n\r\n", "NATS/1.0\r\n: no name\r\n\r\n",
        "NATS/1.0\r\na b: spaced name\r\n\r\n", "NATS/1.0\r\n folded: name\r\n\r\n", "NATS/1.0\r\na: b\r\n\r\nc: d\r\n",
        "NATS/1.0\r\na: b\rc: d\r\n\r\n", "NATS/1.0\r\na: \u{0}\r\n\r\n", "NATS/1.0\r\na: b\n\r\n",
        "NATS/1.0\r\na: b\r\n",
    ])
    func isNoHeader(text: String) {
        expect(.headerInvalid) { () throws(NATSError) in _ = try Headers(block: ByteBuffer(string: text)) }
    }

    @Test func whatIsNotUTF8IsRefused() {
        let bytes = Array("NATS/1.0\r\na: ".utf8) + [0xff] + Array("\r\n\r\n".utf8)
        expect(.headerInvalid) { () throws(NATSError) in _ = try Headers(block: ByteBuffer(bytes: bytes)) }
    }

    @Test(arguments: ["", "a b", "a:b", "a\r\nb", "ä", "a\u{0}"])
    func isNoName(name: String) {
        expect(.headerInvalid) { () throws(NATSError) in
            var headers = Headers()
            try headers.add(name, "x")
        }
    }

    @Test(arguments: ["a\r\nb: c", "a\rb", "a\nb", "\u{0}", "\u{7f}"])
    func isNoValue(value: String) {
        expect(.headerInvalid) { () throws(NATSError) in
            var headers = Headers()
            try headers.add("a", value)
        }
    }

    @Test func fieldsAreCounted() throws {
        var headers = Headers()
        for _ in 0..<Headers.mostFields { try headers.add("a", "b") }
        #expect(throws: NATSError.self) { try headers.add("a", "b") }
        let text = "NATS/1.0\r\n" + String(repeating: "a:\r\n", count: Headers.mostFields + 1) + "\r\n"
        expect(.headerInvalid) { () throws(NATSError) in _ = try Headers(block: ByteBuffer(string: text)) }
    }

    @Test func nobodyListensIsAStatusWithoutPayload() throws {
        let block = ByteBuffer(string: "NATS/1.0 503\r\n\r\n")
        let subject = try Subject("a")
        #expect(Message(subject: subject, headerBlock: block, payload: ByteBuffer()).saysNoResponders)
        #expect(!Message(subject: subject, headerBlock: block, payload: ByteBuffer(string: "x")).saysNoResponders)
        #expect(!Message(subject: subject, payload: ByteBuffer()).saysNoResponders)
        let broken = ByteBuffer(string: "NATS/1.0 503")
        #expect(!Message(subject: subject, headerBlock: broken, payload: ByteBuffer()).saysNoResponders)
    }
}
