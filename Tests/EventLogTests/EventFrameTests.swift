import EventStream
import NIOCore
import SeededRandom
import Testing

@testable import EventLog

/// An event's bytes, with and without HTTP/1.1's chunk framing.
@Suite struct EventFrameTests {
    /// What RFC 9112 §7.1 says a chunk is, spelled out.
    private static func chunk(of bytes: ByteBuffer) -> String {
        String(bytes.readableBytes, radix: 16) + "\r\n" + String(buffer: bytes) + "\r\n"
    }

    @Test(arguments: [1, 2, 9, 15, 16, 17, 255, 256, 4095, 4096, 65535, 65536, 1 << 20])
    func `a chunk is its size, CRLF, the bytes, CRLF`(size: Int) {
        let frame = EventFrame(capacity: size) { $0.writeRepeatingByte(0x61, count: size) }
        #expect(frame.byteCount == size)
        #expect(frame.bytes == ByteBuffer(repeating: 0x61, count: size))
        #expect(String(buffer: frame.chunk) == Self.chunk(of: frame.bytes))
    }

    @Test func `a capacity that was too small costs no byte`() {
        let text = String(repeating: "0123456789", count: 50)
        let frame = EventFrame(capacity: 1) { $0.writeString(text) }
        #expect(String(buffer: frame.bytes) == text)
        #expect(String(buffer: frame.chunk) == Self.chunk(of: frame.bytes))
    }

    @Test func `an event of the log carries id, name and each line of its data`() throws {
        let id = LoggedEventID(epoch: try #require(Epoch("k3f9")), sequence: 17)
        let event = NewEvent(
            audience: .everyone, name: try EventName("comment"), data: ByteBuffer(string: "one\r\ntwo\rthree\nfour"))
        let frame = EventFrame(event, id: id)
        let text = "id: k3f9-17\nevent: comment\ndata: one\ndata: two\ndata: three\ndata: four\n\n"
        #expect(String(buffer: frame.bytes) == text)
        #expect(String(buffer: frame.chunk) == Self.chunk(of: frame.bytes))
    }

    @Test func `an event without a name has no event field`() throws {
        let id = LoggedEventID(epoch: try #require(Epoch("e")), sequence: 1)
        let frame = EventFrame(NewEvent(audience: .everyone, name: nil, data: ByteBuffer()), id: id)
        #expect(String(buffer: frame.bytes) == "id: e-1\ndata: \n\n")
    }

    @Test func `random events are framed as the rule says`() throws {
        var random = SeededGenerator(test: "random events are framed as the rule says")
        let epoch = Epoch.fresh(using: &random)
        for sequence in Position(1)...500 {
            let count = Int.random(in: 0...300, using: &random)
            let bytes = (0..<count).map { _ in UInt8.random(in: 9...126, using: &random) }
            let name = Bool.random(using: &random) ? EventName(literal: "n") : nil
            let id = LoggedEventID(epoch: epoch, sequence: sequence)
            let event = NewEvent(audience: .everyone, name: name, data: ByteBuffer(bytes: bytes))
            let frame = EventFrame(event, id: id)
            var expected = ByteBuffer()
            EventStreamEncoder.appendEvent(id: id.eventID, event: name, data: event.data, to: &expected)
            #expect(frame.bytes == expected, "SLUICE_SEED=\(random.seed)")
            #expect(frame.byteCount == expected.readableBytes, "SLUICE_SEED=\(random.seed)")
            #expect(String(buffer: frame.chunk) == Self.chunk(of: expected), "SLUICE_SEED=\(random.seed)")
        }
    }
}
