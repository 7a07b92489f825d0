import NIOCore
import Testing

@testable import EventStream

/// The examples of HTML standard §9.2.6 and the cases that browsers are held to (web-platform-tests, eventsource).
@Suite struct EventStreamParserTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let input: String
        let expected: [ServerSentEvent]
        var testDescription: String { name }

        init(_ name: String, _ input: String, _ expected: [ServerSentEvent]) {
            self.name = name
            self.input = input
            self.expected = expected
        }

        init(_ name: String, _ input: String, data: [String]) {
            self.init(name, input, data.map { ServerSentEvent(data: $0) })
        }
    }

    static let standardExamples: [Case] = [
        Case("stocks", "data: YHOO\ndata: +2\ndata: 10\n\n", data: ["YHOO\n+2\n10"]),
        Case(
            "four blocks",
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [
                ServerSentEvent(lastEventID: "1", data: "first event"), ServerSentEvent(data: "second event"),
                ServerSentEvent(data: " third event"),
            ]),
        Case("two events, the third is cut", "data\n\ndata\ndata\n\ndata:", data: ["", "\n"]),
        Case("one space", "data:test\n\ndata: test\n\n", data: ["test", "test"]),
    ]

    static let browserCases: [Case] = [
        Case("bom", "\u{FEFF}data:1\n\n\u{FEFF}data:2\n\ndata:3\n\n", data: ["1", "3"]),
        Case("bom-2", "\u{FEFF}\u{FEFF}data:1\n\ndata:2\n\ndata:3\n\n", data: ["2", "3"]),
        Case(
            "comments",
            "data:1\r:\0\n:\r\ndata:2\n:\(String(repeating: "x", count: 2048))\rdata:3\n:data:fail\r:"
                + "\(String(repeating: "x", count: 2048))\ndata:4\n\n",
            data: ["1\n2\n3\n4"]),
        Case("data before a final empty line", "retry:1000\ndata:test1\n\nid:test\ndata:test2", data: ["test1"]),
        Case("field data", "data:\n\ndata\ndata\n\ndata:test\n\n", data: ["", "\n", "test"]),
        Case("field event empty", "event: \ndata:data\n\n", data: ["data"]),
        Case(
            "field event", "event:test\ndata:x\n\ndata:x\n\n",
            [ServerSentEvent(event: "test", data: "x"), ServerSentEvent(data: "x")]),
        Case(
            "field id", "id: …\ndata: 1\n\ndata: 2\n\n",
            [ServerSentEvent(lastEventID: "…", data: "1"), ServerSentEvent(lastEventID: "…", data: "2")]),
        Case(
            "field id, reset", "id: 1\ndata: 1\n\nid\ndata: 2\n\n",
            [ServerSentEvent(lastEventID: "1", data: "1"), ServerSentEvent(data: "2")]),
        Case("field id with NUL", "id: a\0b\ndata: 1\n\n", data: ["1"]),
        Case(
            "field parsing",
            "data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n"
                + " data:32\ndata:4\n\n",
            data: ["\0\n 2\n1\n3\n\n4"]),
        Case("field retry, bogus", "retry:3000\nretry:1000x\ndata:x\n\n", data: ["x"]),
        Case(
            "field unknown", "data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n",
            data: ["test\n"]),
        Case("leading space", "data:\ttest\rdata: \ndata:test\n\n", data: ["\ttest\n\ntest"]),
        Case("newlines", "data:test\r\ndata\ndata:test\r\n\r\n", data: ["test\n\ntest"]),
        Case("null character", "data:\0\n\n\n\n", data: ["\0"]),
        Case("utf-8", "data:ok…\n\n", data: ["ok…"]),
        Case("name without data is forgotten", "event:lost\n\ndata:x\n\n", data: ["x"]),
        Case("colon in a value", "data: a:b: c\n\n", data: ["a:b: c"]),
        Case("nothing", "", data: []),
    ]

    @Test(arguments: standardExamples + browserCases)
    func `dispatches what the standard says`(_ example: Case) throws {
        var parser = EventStreamParser()
        #expect(try parser.feed(ByteBuffer(string: example.input)).events == example.expected)
    }

    @Test(arguments: standardExamples + browserCases)
    func `byte by byte it dispatches the same`(_ example: Case) throws {
        var parser = EventStreamParser()
        var items: [EventStreamItem] = []
        for byte in example.input.utf8 { try parser.feed(ByteBuffer(bytes: [byte]), into: &items) }
        #expect(items.events == example.expected)
    }

    @Test func `bad UTF-8 is replaced, not refused`() throws {
        var parser = EventStreamParser()
        let items = try parser.feed(ByteBuffer(bytes: Array("data: a".utf8) + [0xFF] + Array("b\n\n".utf8)))
        #expect(items.events == [ServerSentEvent(data: "a\u{FFFD}b")])
    }

    @Test func `a character cut by a fragment stays whole`() throws {
        var parser = EventStreamParser()
        #expect(try parser.feed(ByteBuffer(bytes: Array("data: ".utf8) + [0xE2, 0x82])).isEmpty)
        #expect(try parser.feed(ByteBuffer(bytes: [0xAC, 0x0A, 0x0A])).events == [ServerSentEvent(data: "€")])
    }

    @Test func `a CR ends its line before the LF arrives`() throws {
        var parser = EventStreamParser()
        #expect(try parser.feed(ByteBuffer(string: "data: 1\r\n\r")).events == [ServerSentEvent(data: "1")])
        #expect(try parser.feed(ByteBuffer(string: "\ndata: 2\n\n")).events == [ServerSentEvent(data: "2")])
    }

    @Test func `comments are seen at once, heartbeats are empty ones`() throws {
        var parser = EventStreamParser()
        let items = try parser.feed(ByteBuffer(string: ":\n\n: hello\n:bare\n:  two\n"))
        #expect(items == [.comment(""), .comment("hello"), .comment("bare"), .comment(" two")])
    }
}

@Suite struct EventStreamParserMemoryTests {
    @Test(arguments: ["1000x", "", " ", "-1", "1.5", "٣", "0x10", "1 "])
    func `a retry that is not all digits is ignored`(_ value: String) throws {
        var parser = EventStreamParser()
        _ = try parser.feed(ByteBuffer(string: "retry:3000\n\n"))
        #expect(try parser.feed(ByteBuffer(string: "retry:\(value)\n\n")).isEmpty)
        #expect(parser.retryMilliseconds == 3000)
    }

    @Test func `retry is told and kept, and a number too long saturates`() throws {
        var parser = EventStreamParser()
        #expect(parser.retryMilliseconds == nil)
        #expect(try parser.feed(ByteBuffer(string: "retry: 05\n")) == [.retry(milliseconds: 5)])
        #expect(parser.retryMilliseconds == 5)
        let long = String(repeating: "9", count: 40)
        #expect(try parser.feed(ByteBuffer(string: "retry:\(long)\n")) == [.retry(milliseconds: .max)])
    }

    @Test func `the last event id changes with the block's end, data or not`() throws {
        var parser = EventStreamParser(lastEventID: "before")
        _ = try parser.feed(ByteBuffer(string: "id: 7\n"))
        #expect(parser.lastEventID == "before")
        _ = try parser.feed(ByteBuffer(string: "\n"))
        #expect(parser.lastEventID == "7")
        #expect(
            try parser.feed(ByteBuffer(string: "data: x\n\n")).events == [ServerSentEvent(lastEventID: "7", data: "x")])
    }

    @Test func `a cut block does not move the last event id`() throws {
        var parser = EventStreamParser()
        _ = try parser.feed(ByteBuffer(string: "id: 1\ndata: x\n\nid: 2\ndata: y\n"))
        #expect(parser.lastEventID == "1")
    }

    @Test(arguments: [
        "data: \(String(repeating: "x", count: 100))", String(repeating: "data: 1234\n", count: 20),
        String(repeating: "y", count: 65), ":\(String(repeating: "z", count: 65))\n",
        "id:\(String(repeating: "i", count: 40))\nevent:\(String(repeating: "e", count: 40))\n",
    ])
    func `a block beyond the limit is an error that stays`(_ input: String) throws {
        var parser = EventStreamParser(limit: 64)
        let error = #expect(throws: EventStreamError.self) { try parser.feed(ByteBuffer(string: input)) }
        #expect(error?.code == .eventTooLarge)
        #expect(throws: EventStreamError.self) { try parser.feed(ByteBuffer(string: "data: x\n\n")) }
    }

    @Test func `what was complete before the limit was hit is not lost`() {
        var parser = EventStreamParser(limit: 16)
        var items: [EventStreamItem] = []
        let input = ByteBuffer(string: "data: ok\n\ndata: \(String(repeating: "x", count: 32))")
        #expect(throws: EventStreamError.self) { try parser.feed(input, into: &items) }
        #expect(items.events == [ServerSentEvent(data: "ok")])
    }

    @Test func `the limit is per block, not per connection`() throws {
        var parser = EventStreamParser(limit: 64)
        for number in 0..<1000 {
            let text = "id: \(number)\ndata: \(number)\n\n:\n\n"
            #expect(try parser.feed(ByteBuffer(string: text)).events.count == 1)
        }
    }
}

extension [EventStreamItem] {
    /// The dispatched events alone.
    var events: [ServerSentEvent] {
        compactMap { item in
            guard case .event(let event) = item else { return nil }
            return event
        }
    }
}

extension EventStreamParser {
    /// What the next fragment completes.
    mutating func feed(_ fragment: ByteBuffer) throws(EventStreamError) -> [EventStreamItem] {
        var items: [EventStreamItem] = []
        try feed(fragment, into: &items)
        return items
    }
}
