import NIOCore
import SeededRandom
import Testing

@testable import NATSClient

/// No bytes at all can harm the parser, and how they are cut into pieces makes no difference.
@Suite struct OperationFuzzTests {
    private static let words: [[UInt8]] =
        [
            "MSG ", "HMSG ", "PING", "PONG", "INFO ", "-ERR ", "+OK", "\r\n", "\r", "\n", " ", "\t", "a.b", "1", "16",
            "0", "9999",
            "NATS/1.0 503\r\n\r\n", "{}", "{\"max_payload\":1}", "'Stale Connection'", "\u{0}", "é",
        ].map { Array($0.utf8) } + [[0xff], [0x80, 0x00]]

    private static let limits: ReadingLimits = {
        var limits = ReadingLimits()
        (limits.lineBytes, limits.infoBytes, limits.messageBytes) = (60, 120, 40)
        return limits
    }()

    @Test func `random bytes are read or refused, however they come`() {
        var generator = SeededGenerator(test: "random NATS bytes")
        for _ in 0..<5000 {
            let count = Int.random(in: 0...12, using: &generator)
            let bytes = (0..<count).flatMap { _ in Self.words.randomElement(using: &generator) ?? [] }
            expectAgreement(bytes, using: &generator)
        }
    }

    @Test func `mutated transcripts are read or refused, however they come`() throws {
        var generator = SeededGenerator(test: "mutated NATS transcripts")
        for _ in 0..<3000 {
            var bytes = try (0..<4).flatMap { _ in Transcript.bytes(of: try Self.operation(using: &generator)) }
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                guard let index = bytes.indices.randomElement(using: &generator) else { continue }
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: Self.words.randomElement(using: &generator) ?? [], at: index)
                }
            }
            expectAgreement(bytes, using: &generator)
        }
    }

    @Test func `what is written is read, however it comes`() throws {
        var generator = SeededGenerator(test: "NATS round trip")
        for _ in 0..<1000 {
            let operations = try (0..<5).map { _ in try Self.operation(using: &generator) }
            let bytes = operations.flatMap(Transcript.bytes)
            let (read, error) = Self.read(bytes, limits: ReadingLimits(), using: &generator)
            if read != operations || error != nil {
                Issue.record("\(read), not \(operations); \(String(describing: error)) SLUICE_SEED=\(generator.seed)")
            }
        }
    }

    /// What a client publishes is what its subscriber reads: the server passes header and payload on as they are.
    @Test func `what is published is received`() throws {
        var generator = SeededGenerator(test: "NATS publish to message")
        for _ in 0..<1000 {
            let publication = try Self.publication(using: &generator)
            let bytes = Array(ClientOperation.publish(publication).encoded.readableBytesView)
            let message = Array((publication.headers.isEmpty ? "" : "H").utf8) + Array("MSG ".utf8)
            let words = bytes.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
            let passedOn = message + Array(words[1]) + Array(" 7 ".utf8) + Array(words[2])
            let (read, error) = Self.read(passedOn, limits: ReadingLimits(), using: &generator)
            guard case .message(let received, SubscriptionID(number: 7))? = read.first, read.count == 1 else {
                Issue.record("\(read) \(String(describing: error)) SLUICE_SEED=\(generator.seed)")
                continue
            }
            #expect(received.subject == publication.subject && received.reply == publication.reply)
            #expect(received.payload == publication.payload)
            #expect(try received.headers() == publication.headers)
        }
    }

    // MARK: Parts

    private func expectAgreement(_ bytes: [UInt8], using generator: inout SeededGenerator) {
        let whole = Self.read(bytes, limits: Self.limits, pieces: [bytes.count])
        let cut = Self.read(bytes, limits: Self.limits, using: &generator)
        // A line that is too long is noticed when so much of it is here, or at its end: the operations are the same.
        if whole.0 != cut.0 || (whole.1 == nil) != (cut.1 == nil) {
            Issue.record("\(whole) in one piece, \(cut) in several: \(bytes) SLUICE_SEED=\(generator.seed)")
        }
    }

    private static func read(
        _ bytes: [UInt8], limits: ReadingLimits, using generator: inout SeededGenerator
    ) -> ([ServerOperation], NATSError?) {
        var pieces: [Int] = []
        while pieces.reduce(0, +) < bytes.count { pieces.append(Int.random(in: 1...9, using: &generator)) }
        return read(bytes, limits: limits, pieces: pieces)
    }

    private static func read(
        _ bytes: [UInt8], limits: ReadingLimits, pieces: [Int]
    ) -> ([ServerOperation], NATSError?) {
        var (parser, operations, rest) = (OperationParser(limits), [ServerOperation](), bytes[...])
        for count in pieces {
            parser.append(ByteBuffer(bytes: rest.prefix(count)))
            rest = rest.dropFirst(count)
            do throws(NATSError) {
                while let operation = try parser.next() { operations.append(operation) }
            } catch {
                return (operations, error)
            }
            if count.isMultiple(of: 2) { parser.keepRest() }
        }
        return (operations, nil)
    }

    private static func publication(using generator: inout SeededGenerator) throws -> Publication {
        let subjects = ["a", "a.b.c", "_INBOX.1.2", "ä.ö"]
        var publication = Publication(to: try Subject(subjects.randomElement(using: &generator) ?? "a"))
        if Bool.random(using: &generator) { publication.reply = try Subject("r.\(generator.next())") }
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            try publication.headers.add("Name-\(generator.next() % 3)", "value \(generator.next())")
        }
        let count = Int.random(in: 0...60, using: &generator)
        publication.payload = ByteBuffer(
            bytes: (0..<count).map { _ in words.randomElement(using: &generator)?.first ?? 0 })
        return publication
    }

    private static func operation(using generator: inout SeededGenerator) throws -> ServerOperation {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return .ping
        case 1: return .pong
        case 2: return .ok
        case 3: return .complaint(ServerComplaint(line: Array("'Stale Connection'".utf8).span))
        case 4:
            var info = ServerInfo()
            info.maxPayload = Int.random(in: 1...9999, using: &generator)
            info.connectURLs = (0..<Int.random(in: 0...3, using: &generator)).map { "host\($0):4222" }
            return .info(info)
        default:
            let publication = try publication(using: &generator)
            var block: ByteBuffer?
            if !publication.headers.isEmpty {
                var buffer = ByteBuffer()
                publication.headers.write(into: &buffer)
                block = buffer
            }
            let message = Message(
                subject: publication.subject, reply: publication.reply, headerBlock: block,
                payload: publication.payload)
            return .message(message, SubscriptionID(number: generator.next() % 1000))
        }
    }
}
