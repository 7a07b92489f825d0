import NIOCore
import StrictJSON
import Testing

@testable import NATSClient

@Suite struct ClientOperationTests {
    private func text(_ operation: ClientOperation) -> String { String(buffer: operation.encoded) }

    @Test func publishesAreWritten() throws {
        let subject = try Subject("a.b")
        let payload = ByteBuffer(string: "hello")
        #expect(text(.publish(Publication(payload, to: subject))) == "PUB a.b 5\r\nhello\r\n")
        #expect(text(.publish(Publication(to: subject))) == "PUB a.b 0\r\n\r\n")
        let asking = Publication(payload, to: subject, reply: try Subject("_INBOX.x"))
        #expect(text(.publish(asking)) == "PUB a.b _INBOX.x 5\r\nhello\r\n")
        var headers = Headers()
        try headers.add("Nats-Msg-Id", "7")
        let block = "NATS/1.0\r\nNats-Msg-Id: 7\r\n\r\n"
        let count = block.utf8.count
        #expect(
            text(.publish(Publication(payload, to: subject, headers: headers)))
                == "HPUB a.b \(count) \(count + 5)\r\n\(block)hello\r\n")
        #expect(
            text(.publish(Publication(payload, to: subject, headers: headers, reply: try Subject("r"))))
                == "HPUB a.b r \(count) \(count + 5)\r\n\(block)hello\r\n")
    }

    @Test func whatAPayloadBeginsWithIsPartOfIt() throws {
        var publication = Publication(
            ByteBuffer(string: "lo"), to: try Subject("a.b"), reply: try Subject("r"), opening: Array("hel".utf8))
        #expect(text(.publish(publication)) == "PUB a.b r 5\r\nhello\r\n")
        #expect(publication.wireBytes == 20 && publication.sizedBytes == 5)
        try publication.headers.add("a", "b")
        #expect(text(.publish(publication)) == "HPUB a.b r 18 23\r\nNATS/1.0\r\na: b\r\n\r\nhello\r\n")
    }

    /// What is under way is counted before it is written.
    @Test(arguments: [0, 1, 9, 10, 99, 100, 1000]) func aPublishIsAsLongAsItsSizeSays(bytes: Int) throws {
        var publication = Publication(ByteBuffer(repeating: 0x78, count: bytes), to: try Subject("a.b"))
        #expect(ClientOperation.publish(publication).encoded.readableBytes == publication.wireBytes)
        publication.reply = try Subject("_INBOX.x")
        #expect(ClientOperation.publish(publication).encoded.readableBytes == publication.wireBytes)
        try publication.headers.add("Nats-Msg-Id", "7")
        #expect(ClientOperation.publish(publication).encoded.readableBytes == publication.wireBytes)
        publication.reply = nil
        #expect(ClientOperation.publish(publication).encoded.readableBytes == publication.wireBytes)
    }

    @Test(arguments: [0, 1, 9, 10, 19, 100, UInt64.max]) func numbersAreWrittenInDecimalDigits(number: UInt64) throws {
        let digits = DecimalDigits(number)
        let text = [UInt8](unsafeUninitializedCapacity: digits.count) { bytes, count in
            digits.write(into: bytes, at: 0)
            count = digits.count
        }
        #expect(String(decoding: text, as: UTF8.self) == String(number))
    }

    @Test func subscriptionsAreWritten() throws {
        let id = SubscriptionID(number: 7)
        #expect(text(.subscribe(try SubjectFilter("a.>"), queue: nil, id)) == "SUB a.> 7\r\n")
        #expect(text(.subscribe(try SubjectFilter("a.*"), queue: try QueueGroup("q"), id)) == "SUB a.* q 7\r\n")
        #expect(text(.unsubscribe(id)) == "UNSUB 7\r\n")
        #expect(text(.unsubscribe(id, afterMessages: 3)) == "UNSUB 7 3\r\n")
        #expect(text(.ping) == "PING\r\n")
        #expect(text(.pong) == "PONG\r\n")
    }

    @Test func sizesAreHeldToTheServersLimit() throws {
        var publication = Publication(ByteBuffer(repeating: 0x78, count: 100), to: try Subject("a"))
        try publication.check(maxPayload: 100)
        #expect(throws: NATSError.self) { try publication.check(maxPayload: 99) }
        try publication.headers.add("a", "b")
        #expect(throws: NATSError.self) { try publication.check(maxPayload: 100) }
        try publication.check(maxPayload: 100 + publication.headers.encodedBytes)
    }

    @Test func connectIsOneLineOfJSON() throws {
        var options = ConnectOptions()
        options.name = "a \"b\"\r\nPUB"
        (options.user, options.password) = ("u", Secret("p\u{0}w"))
        (options.token, options.jwt) = (Secret("t"), Secret("j"))
        (options.nkey, options.signature) = ("U", "s")
        let line = text(.connect(options))
        #expect(line.hasPrefix("CONNECT {") && line.hasSuffix("}\r\n"))
        #expect(line.utf8.count(where: { $0 == 0x0a }) == 1)
        let json = Array(line.utf8.dropFirst("CONNECT ".utf8.count).dropLast(2))
        var members: [String: String] = [:]
        var reader = try JSONReader(json)
        var object = try reader.beginObject()
        while let name = try reader.nextMember(of: &object) {
            members[name] = String(decoding: try reader.readRaw(), as: UTF8.self)
        }
        try reader.finish()
        #expect(members["verbose"] == "false" && members["pedantic"] == "false" && members["echo"] == "false")
        #expect(members["headers"] == "true" && members["no_responders"] == "true" && members["protocol"] == "1")
        #expect(members["user"] == "\"u\"" && members["auth_token"] == "\"t\"" && members["sig"] == "\"s\"")
        #expect(members["name"] == #""a \"b\"\r\nPUB""#)
    }

    /// They are in the one value that is printed when a test, or a log, prints an operation.
    @Test func secretsPrintNothing() {
        var options = ConnectOptions()
        options.token = Secret("hush-hush")
        options.password = Secret("hush-hush")
        options.jwt = Secret("hush-hush")
        var dumped = ""
        dump(options, to: &dumped)
        for text in ["\(options)", String(reflecting: options), "\(ClientOperation.connect(options))", dumped] {
            #expect(!text.contains("hush"))
        }
    }
}
