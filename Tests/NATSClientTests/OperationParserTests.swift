import NIOCore
import Testing

@testable import NATSClient

@Suite struct OperationParserTests {
    @Test(arguments: [
        ("PING\r\n", ServerOperation.ping), ("ping\r\n", .ping), ("PONG\r\n", .pong), ("PoNg \r\n", .pong),
        ("+OK\r\n", .ok), ("+ok\r\n", .ok),
    ])
    func isRead(text: String, operation: ServerOperation) throws {
        #expect(try Transcript.read(text) == [operation])
    }

    @Test func messagesAreRead() throws {
        let text = "MSG a.b 7 5\r\nhello\r\nMSG  a.b\t7  r.s 0\r\n\r\nMSG a.b 18446744 2\r\n\r\n\r\n"
        let subject = try Subject("a.b")
        #expect(
            try Transcript.read(text) == [
                .message(Message(subject: subject, payload: ByteBuffer(string: "hello")), SubscriptionID(number: 7)),
                .message(
                    Message(subject: subject, reply: try Subject("r.s"), payload: ByteBuffer()),
                    SubscriptionID(number: 7)),
                .message(
                    Message(subject: subject, payload: ByteBuffer(string: "\r\n")), SubscriptionID(number: 18_446_744)),
            ])
    }

    /// Its line is kept until all of it is here.
    @Test func aMessageThatComesByteByByteIsRead() throws {
        let text = "MSG a.b  7\tr.s 5\r\nhello\r\nHMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"
        var (parser, operations) = (OperationParser(), [ServerOperation]())
        for byte in text.utf8 {
            parser.append(ByteBuffer(bytes: [byte]))
            while let operation = try parser.next() { operations.append(operation) }
            parser.keepRest()
        }
        #expect(try operations == Transcript.read(text))
        #expect(operations.count == 2 && parser.bufferedBytes == 0)
    }

    /// A connection that always has more to read, whose reads end within messages.
    @Test func whatIsHeldDoesNotGrowWithTheReads() throws {
        let stream = Array(String(repeating: "MSG s 7 5\r\nhello\r\n", count: 1000).utf8)
        var (parser, count, rest) = (OperationParser(), 0, stream[...])
        while !rest.isEmpty {
            parser.append(ByteBuffer(bytes: rest.prefix(1000)))
            rest = rest.dropFirst(1000)
            while try parser.next() != nil { count += 1 }
            parser.keepRest()
            #expect(parser.capacity <= 2048)
        }
        #expect(count == 1000)
    }

    @Test func messagesWithHeadersAreRead() throws {
        let block = "NATS/1.0\r\na: b\r\n\r\n"
        let text =
            "HMSG s 1 \(block.utf8.count) \(block.utf8.count + 2)\r\n\(block)hi\r\n"
            + "HMSG s 1 r 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"
        let operations = try Transcript.read(text)
        guard case .message(let first, _)? = operations.first, case .message(let second, _)? = operations.last else {
            Issue.record("\(operations)")
            return
        }
        #expect(try first.headers().first("a") == "b")
        #expect(first.payload == ByteBuffer(string: "hi"))
        #expect(second.reply == (try Subject("r")))
        #expect(second.saysNoResponders)
    }

    /// What a publisher writes into a header is looked at by nobody on the way. It costs its message, not the
    /// connection.
    @Test func aBrokenHeaderIsTheMessagesMatter() throws {
        let operations = try Transcript.read("HMSG s 1 4 6\r\n!!!!hi\r\nPING\r\n")
        #expect(operations.count == 2)
        guard case .message(let message, _)? = operations.first else { return }
        #expect(message.payload == ByteBuffer(string: "hi"))
        expect(.headerInvalid) { () throws(NATSError) in _ = try message.headers() }
    }

    /// The server holds nobody to well-formed tokens, nor to UTF-8.
    @Test func subjectsOfOthersAreTakenAsTheyAre() throws {
        let bytes = Array("MSG a..".utf8) + [0xff] + Array(".* 1 0\r\n\r\n".utf8)
        guard case .message(let message, _)? = try Transcript.read(bytes).first else { return }
        #expect(message.subject.bytes == Array("a..".utf8) + [0xff] + Array(".*".utf8))
    }

    @Test(arguments: [
        "\r\n", "\n", "PING\n", "HELLO\r\n", "PINGPING\r\n", "GET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}\r\n", "MSG\r\n",
        "MSG a\r\n", "MSG a 1\r\n", "MSG a x 1\r\n", "MSG a 1 x\r\n", "MSG a 1 -1\r\n", "MSG a 1 +1\r\n",
        "MSG a 1 1.0\r\n",
        "MSG a 1 b 1 1\r\n", "MSG a 99999999999999999999 1\r\n", "MSG a 1 9999999999\r\n", "MSG a\u{1}b 1 0\r\n\r\n",
        "MSG a 1 2\r\nabc\r\n", "MSG a 1 3\r\nab\r\n\r\n", "HMSG a 1 2\r\n", "HMSG a 1 3 2\r\nabc\r\n",
        "HMSG a 1 r 2 3 4\r\n", "PING\u{1}\r\n", "MSG\u{1} a 1 1\r\nx\r\n", "MSG a 1\u{7f} 1\r\nx\r\n",
        "MSG a 1 1\u{1}\r\nx\r\n", "MSG a 1 1 \u{1}\r\nx\r\n", "MSG a 1 r\u{1} 1\r\nx\r\n",
        "INFO\r\n", "INFO {\r\n", "INFO []\r\n", "INFO {\"max_payload\":0}\r\n", "INFO {\"max_payload\":\"1\"}\r\n",
        "INFO {\"headers\":1}\r\n", "INFO {\"nonce\":\"a\",\"nonce\":\"b\"}\r\n", "INFO {} {}\r\n",
    ])
    func isRefused(text: String) {
        expect(.malformed) { () throws(NATSError) in _ = try Transcript.read(text) }
    }

    @Test func linesAreBounded() throws {
        var limits = ReadingLimits()
        (limits.lineBytes, limits.infoBytes) = (64, 128)
        let long = String(repeating: "x", count: 65)
        for text in ["MSG \(long)", "MSG \(long) 1 0\r\n\r\n", "-ERR '\(long)'\r\n", long] {
            expect(.tooLarge) { () throws(NATSError) in _ = try Transcript.read(text, limits: limits) }
        }
        let info = "INFO {\"version\":\"\(long)\"}"
        #expect(try Transcript.read(info + "\r\n", limits: limits).count == 1)
        let larger = "INFO {\"version\":\"\(long)\(long)\"}"
        for text in [larger, larger + "\r\n"] {
            expect(.tooLarge) { () throws(NATSError) in _ = try Transcript.read(text, limits: limits) }
        }
    }

    /// One large message of another client's must not end the connection, again after each reconnect.
    @Test func aMessageBeyondTheLimitIsSkippedAndTold() throws {
        var limits = ReadingLimits()
        limits.messageBytes = 10
        let text = "MSG a 7 11\r\n01234567890\r\nMSG a 7 10\r\n0123456789\r\n"
        let operations = try Transcript.read(text, limits: limits)
        #expect(operations.first == .oversized(SubscriptionID(number: 7), try Subject("a"), bytes: 11))
        #expect(operations.count == 2)
    }

    @Test func nothingIsHeldOfASkippedMessage() throws {
        var limits = ReadingLimits()
        limits.messageBytes = 10
        var parser = OperationParser(limits)
        parser.append(ByteBuffer(string: "MSG a 7 999999999\r\n"))
        #expect(try parser.next() == nil)
        for _ in 0..<10 {
            parser.append(ByteBuffer(repeating: 0x78, count: 100_000))
            #expect(try parser.next() == nil)
            #expect(parser.bufferedBytes == 0)
        }
    }

    /// A subscriber that keeps a small message must not keep all that came with it.
    @Test func aMessageHoldsItsOwnMemoryOnly() throws {
        let text = "MSG a 1 1\r\nx\r\n" + String(repeating: "PING\r\n", count: 10_000)
        guard case .message(let message, _)? = try Transcript.read(text).first else { return }
        #expect(message.payload.storageCapacity <= 64)
    }

    @Test func infoIsRead() throws {
        let text =
            #"INFO {"server_id":"N","server_name":"n1","version":"2.15.1","go":"go1.25","host":"0.0.0.0","port":4222,"#
            + #""headers":true,"max_payload":2097152,"proto":1,"client_id":7,"tls_required":true,"#
            + #""tls_available":true,"auth_required":true,"nonce":"abc","connect_urls":["a:1","b:2"],"ldm":true,"#
            + #""xkey":{"a":[1]}} "# + "\r\n"
        var info = ServerInfo()
        (info.serverID, info.serverName, info.version) = ("N", "n1", "2.15.1")
        (info.takesHeaders, info.maxPayload, info.requiresTLS, info.offersTLS) = (true, 2_097_152, true, true)
        (info.requiresAuthentication, info.nonce, info.isLameDuck) = (true, "abc", true)
        info.connectURLs = ["a:1", "b:2"]
        #expect(try Transcript.read(text) == [.info(info)])
    }

    @Test func aClusterIsTakenInPart() throws {
        let urls = (0..<1000).map { "\"host\($0):4222\"" }.joined(separator: ",")
        guard case .info(let info)? = try Transcript.read("INFO {\"connect_urls\":[\(urls)]}\r\n").first else { return }
        #expect(info.connectURLs.count == ServerInfo.mostURLs)
        #expect(try Transcript.read("INFO {\"connect_urls\":null}\r\n") == [.info(ServerInfo())])
    }
}

/// What a server sends, as a test writes it.
enum Transcript {
    static func read(_ text: String, limits: ReadingLimits = ReadingLimits()) throws(NATSError) -> [ServerOperation] {
        try read(Array(text.utf8), limits: limits)
    }

    /// Reads bytes in one piece.
    static func read(
        _ bytes: [UInt8], limits: ReadingLimits = ReadingLimits()
    ) throws(NATSError) -> [ServerOperation] {
        var operations: [ServerOperation] = []
        var parser = OperationParser(limits)
        parser.append(ByteBuffer(bytes: bytes))
        while let operation = try parser.next() { operations.append(operation) }
        return operations
    }

    /// The bytes of an operation of a server.
    static func bytes(of operation: ServerOperation) -> [UInt8] {
        switch operation {
        case .message(let message, let id):
            let reply = message.reply.map { " \($0)" } ?? ""
            let header = message.headerBlock
            let count = (header?.readableBytes ?? 0) + message.payload.readableBytes
            let sizes = header.map { " \($0.readableBytes) \(count)\r\n" } ?? " \(count)\r\n"
            let line = "\(header == nil ? "MSG" : "HMSG") \(message.subject) \(id)\(reply)\(sizes)"
            return Array(line.utf8) + Array((header ?? ByteBuffer()).readableBytesView)
                + Array(message.payload.readableBytesView) + [0x0d, 0x0a]
        case .ping: return Array("PING\r\n".utf8)
        case .pong: return Array("PONG\r\n".utf8)
        case .ok: return Array("+OK\r\n".utf8)
        case .complaint(let complaint): return Array("-ERR '\(complaint.text)'\r\n".utf8)
        case .info(let info):
            let urls = info.connectURLs.map { "\"\($0)\"" }.joined(separator: ",")
            return Array("INFO {\"max_payload\":\(info.maxPayload),\"connect_urls\":[\(urls)]}\r\n".utf8)
        case .oversized: return []
        }
    }
}
