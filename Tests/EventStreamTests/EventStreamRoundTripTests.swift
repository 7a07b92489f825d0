import NIOCore
import SeededRandom
import Testing

@testable import EventStream

/// What the encoder writes, the parser reads, however the bytes are cut; and no bytes at all can harm the parser.
@Suite struct EventStreamRoundTripTests {
    private static let pieces = ["a", "\n", "\r", "\r\n", ":", " ", "data:", "id: x", "\u{FEFF}", "€", "😀", "\0", "\t"]

    @Test func `any event survives any fragmentation`() throws {
        var generator = SeededGenerator(test: "any event survives any fragmentation")
        for _ in 0..<300 {
            var stream = ByteBuffer()
            var expected: [ServerSentEvent] = []
            for number in 0..<Int.random(in: 1...8, using: &generator) {
                expected.append(try Self.appendRandomEvent(number, to: &stream, using: &generator))
            }
            var parser = EventStreamParser()
            var items: [EventStreamItem] = []
            while let fragment = stream.readSlice(length: Self.cut(stream.readableBytes, using: &generator)) {
                try parser.feed(fragment, into: &items)
            }
            #expect(items.events == expected, "SLUICE_SEED=\(generator.seed)")
        }
    }

    @Test func `random bytes give the same items in any fragmentation and never more than was sent`() throws {
        var generator = SeededGenerator(test: "random bytes")
        let alphabet = Array("data:id event:retry:0123456789\r\n\n\n: \0\u{FEFF}".utf8) + [0xFF, 0xC3, 0xEF, 0xBB]
        for _ in 0..<2000 {
            let count = Int.random(in: 0...200, using: &generator)
            var bytes = ByteBuffer(bytes: (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 })
            var whole = EventStreamParser()
            let expected = try whole.feed(bytes)
            #expect(expected.count <= count)
            var cut = EventStreamParser()
            var items: [EventStreamItem] = []
            while let fragment = bytes.readSlice(length: Self.cut(bytes.readableBytes, using: &generator)) {
                try cut.feed(fragment, into: &items)
            }
            #expect(items == expected, "SLUICE_SEED=\(generator.seed)")
            #expect(cut.lastEventID == whole.lastEventID)
        }
    }

    /// A length that reads on: -1 ends the loop, because no slice has it.
    private static func cut(_ readable: Int, using generator: inout SeededGenerator) -> Int {
        readable == 0 ? -1 : Int.random(in: 1...min(readable, 24), using: &generator)
    }

    private static func appendRandomEvent(
        _ number: Int, to stream: inout ByteBuffer, using generator: inout SeededGenerator
    ) throws -> ServerSentEvent {
        let data = randomText(using: &generator)
        let name = try Bool.random(using: &generator) ? EventName(" n\(number)") : nil
        let bytes = ByteBuffer(string: data)
        EventStreamEncoder.appendEvent(id: try EventID("\(number)"), event: name, data: bytes, to: &stream)
        if Bool.random(using: &generator) { EventStreamEncoder.appendComment(to: &stream) }
        return ServerSentEvent(
            lastEventID: "\(number)", event: name?.text ?? "message", data: joinedWithLineFeeds(data))
    }

    private static func randomText(using generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...20, using: &generator))
            .map { _ in pieces.randomElement(using: &generator) ?? "" }
            .joined()
    }

    /// The grammar carries no difference between CR, LF and CRLF: the reader gets LF for each.
    private static func joinedWithLineFeeds(_ text: String) -> String {
        var result: [UInt8] = []
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if !(byte == 0x0A && previous == 0x0D) { result.append(byte == 0x0D ? 0x0A : byte) }
            previous = byte
        }
        return String(decoding: result, as: UTF8.self)
    }
}
