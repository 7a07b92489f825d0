import NIOCore
import Testing

@testable import EventStream

@Suite struct EventStreamEncoderTests {
    private func encoded(
        id: String? = nil, event: String? = nil, request: String? = nil, data: String
    ) throws -> String {
        let request = try request.map { text throws(EventStreamError) in try FieldValue(text) }
        let id = try id.map { text throws(EventStreamError) in try EventID(text) }
        let event = try event.map { text throws(EventStreamError) in try EventName(text) }
        var buffer = ByteBuffer()
        EventStreamEncoder.appendEvent(
            id: id, event: event, request: request, data: ByteBuffer(string: data), to: &buffer)
        return String(buffer: buffer)
    }

    @Test func `writes id, event, data and a blank line`() throws {
        #expect(
            try encoded(id: "1-7", event: "comment", data: #"{"a":1}"#)
                == "id: 1-7\nevent: comment\ndata: {\"a\":1}\n\n")
        #expect(try encoded(data: "x") == "data: x\n\n")
    }

    /// HTML standard §9.2.6: a field that a reader does not know is ignored. So `EventSource` gives the same with it.
    @Test func `the request is a field that readers pass over`() throws {
        let text = try encoded(id: "1-7", event: "comment", request: "order-17", data: "x")
        #expect(text == "id: 1-7\nevent: comment\nrequest: order-17\ndata: x\n\n")
        var (with, without) = (EventStreamParser(), EventStreamParser())
        let plain = try encoded(id: "1-7", event: "comment", data: "x")
        #expect(try with.feed(ByteBuffer(string: text)) == without.feed(ByteBuffer(string: plain)))
        for bad in ["", "a\nb", "a\rb", "a\u{0}"] {
            #expect(throws: EventStreamError.self) { try FieldValue(bad) }
        }
    }

    @Test(arguments: [
        ("", "data: \n\n"), ("a\nb", "data: a\ndata: b\n\n"), ("a\rb", "data: a\ndata: b\n\n"),
        ("a\r\nb", "data: a\ndata: b\n\n"), ("a\n\rb", "data: a\ndata: \ndata: b\n\n"),
        ("a\n", "data: a\ndata: \n\n"), ("\r", "data: \ndata: \n\n"), ("\r\n\r\n", "data: \ndata: \ndata: \n\n"),
        (" lead", "data:  lead\n\n"), (": not a comment", "data: : not a comment\n\n"),
        ("x\nevent: evil\n\n", "data: x\ndata: event: evil\ndata: \ndata: \n\n"),
        ("0123456789\r\n0123456789abcdef", "data: 0123456789\ndata: 0123456789abcdef\n\n"),
    ])
    func `every line break starts a data line`(_ data: String, _ expected: String) throws {
        #expect(try encoded(data: data) == expected)
    }

    @Test func `finds a line break at every place of a long line`() throws {
        for position in 0..<40 {
            let line = String(repeating: "x", count: position)
            let rest = String(repeating: "\u{8B}", count: 40 - position)
            #expect(try encoded(data: "\(line)\n\(rest)") == "data: \(line)\ndata: \(rest)\n\n")
            #expect(try encoded(data: "\(line)\r\(rest)") == "data: \(line)\ndata: \(rest)\n\n")
        }
    }

    @Test func `bytes next to CR and LF in value are not taken for them`() throws {
        let near: [UInt8] = [0x09, 0x0B, 0x0C, 0x0E, 0x8A, 0x8D, 0x00, 0xFF, 0x0B, 0x0C, 0x0E, 0x09]
        var buffer = ByteBuffer()
        EventStreamEncoder.appendEvent(id: nil, event: nil, data: ByteBuffer(bytes: near), to: &buffer)
        #expect(Array(buffer.readableBytesView) == Array("data: ".utf8) + near + Array("\n\n".utf8))
    }

    @Test func `takes the readable part of its data and appends behind what is there`() {
        var data = ByteBuffer(string: "skipped payload")
        data.moveReaderIndex(forwardBy: 8)
        var buffer = ByteBuffer(string: "before ")
        EventStreamEncoder.appendEvent(id: nil, event: nil, data: data, to: &buffer)
        #expect(String(buffer: buffer) == "before data: payload\n\n")
    }

    @Test func `one line of data allocates once`() throws {
        let id = try EventID("1-7")
        let data = ByteBuffer(string: String(repeating: "x", count: 1000))
        let estimate = EventStreamEncoder.estimatedByteCount(id: id, event: nil, dataByteCount: data.readableBytes)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(estimate)
        let capacity = buffer.capacity
        EventStreamEncoder.appendEvent(id: id, event: nil, data: data, to: &buffer)
        #expect(buffer.capacity == capacity && buffer.readableBytes == estimate)
    }

    @Test func `retry and comments are lines, which end no block`() throws {
        var buffer = ByteBuffer()
        EventStreamEncoder.appendRetry(milliseconds: 3000, to: &buffer)
        EventStreamEncoder.appendComment(to: &buffer)
        EventStreamEncoder.appendComment("a\nb", to: &buffer)
        #expect(String(buffer: buffer) == "retry: 3000\n:\n: a\n: b\n")
        EventStreamEncoder.appendEvent(id: try EventID("1-7"), event: nil, data: ByteBuffer(string: "x"), to: &buffer)
        var parser = EventStreamParser()
        #expect(
            try parser.feed(buffer) == [
                .retry(milliseconds: 3000), .comment(""), .comment("a"), .comment("b"),
                .event(ServerSentEvent(lastEventID: "1-7", event: "message", data: "x")),
            ], "and change nothing of the event behind them")
    }
}

@Suite struct EventFieldTests {
    @Test(arguments: ["a\rb", "a\nb", "a\0b", "\n", "x\r\ndata: injected"])
    func `CR, LF and NUL are refused`(_ text: String) {
        #expect(code { () throws(EventStreamError) in _ = try EventName(text) } == .forbiddenCharacter)
        #expect(code { () throws(EventStreamError) in _ = try EventID(text) } == .forbiddenCharacter)
    }

    @Test func `nothing and too much are refused`() {
        #expect(code { () throws(EventStreamError) in _ = try EventName("") } == .empty)
        #expect(code { () throws(EventStreamError) in _ = try EventID("") } == .empty)
        let long = String(repeating: "n", count: 256)
        #expect(code { () throws(EventStreamError) in _ = try EventName(long) } == .tooLong)
        #expect(code { () throws(EventStreamError) in _ = try EventID(long) } == .tooLong)
    }

    @Test(arguments: ["a", " leading", "sluice.gap", "Ünï:cöde", String(repeating: "n", count: 255)])
    func `anything else is kept as it is`(_ text: String) throws {
        #expect(try EventName(text).text == text)
        #expect(try EventID(text).text == text)
    }

    @Test func `an error says what to fix and not what was sent`() {
        let error = #expect(throws: EventStreamError.self) { try EventName("se\ncret") }
        #expect(error?.description == "forbiddenCharacter: the event name holds a CR, LF or NUL: remove it")
    }

    private func code(_ body: () throws(EventStreamError) -> Void) -> EventStreamError.Code? {
        do {
            try body()
            return nil
        } catch {
            return error.code
        }
    }
}
