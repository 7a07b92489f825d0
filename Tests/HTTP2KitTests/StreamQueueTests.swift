import NIOCore
import Testing

@testable import HTTP2Kit

/// What waits on a stream.
@Suite struct StreamQueueTests {
    @Test func `buffers come out in their order, whole or cut`() {
        var queue = StreamQueue()
        for text in ["abc", "", "de", "fghi"] { queue.append(ByteBuffer(string: text)) }
        #expect(queue.byteCount == 9)
        var pieces: [String] = []
        for count in [2, 5, 5, 3, 9] {
            if let piece = queue.take(atMost: count) { pieces.append(String(buffer: piece)) }
        }
        #expect(pieces == ["ab", "c", "de", "fgh", "i"])
        #expect(queue.byteCount == 0)
        let last = queue.take(atMost: 1)
        #expect(last == nil)
    }

    @Test func `what is let go of is gone`() {
        var queue = StreamQueue()
        queue.append(ByteBuffer(string: "abc"))
        queue.removeAll()
        #expect(queue.byteCount == 0)
        let last = queue.take(atMost: 9)
        #expect(last == nil)
    }

    @Test func `a cut buffer is not copied`() {
        let whole = ByteBuffer(string: "abcdef")
        var queue = StreamQueue()
        queue.append(whole)
        _ = queue.take(atMost: 3)
        let address = queue.take(atMost: 3)?.withUnsafeReadableBytes { $0.baseAddress }
        #expect(address == whole.withUnsafeReadableBytes { $0.baseAddress.map { $0 + 3 } })
    }
}
