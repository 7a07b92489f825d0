// The queue of writes between two flushes.

import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite struct PendingWritesTests {
    private func queue(_ texts: [String]) -> PendingWrites {
        var queue = PendingWrites()
        append(texts, to: &queue)
        return queue
    }

    private func append(
        _ texts: [String], to queue: inout PendingWrites, lending spare: @autoclosure () -> [PendingWrites.Item] = []
    ) {
        for text in texts { queue.append(.init(bytes: ByteBuffer(string: text), promise: nil), lending: spare()) }
    }

    private func takeFlushed(from queue: inout PendingWrites) -> [String] {
        var tail: [PendingWrites.Item] = []
        guard let head = queue.takeFlushed(tail: &tail) else { return [] }
        return ([head] + tail).map { String(buffer: $0.bytes) }
    }

    @Test func nothingIsTakenBeforeAFlush() {
        var queue = queue(["a", "b"])
        #expect(!queue.hasFlushed)
        #expect(queue.takeOnly().map(\.bytes) == nil)
        let taken = takeFlushed(from: &queue)
        #expect(taken.isEmpty)
        #expect(queue.count == 2)
    }

    @Test func theOnlyOneIsTakenByItself() {
        var queue = queue(["a"])
        queue.flush()
        #expect(queue.hasFlushed)
        #expect(queue.takeOnly().map { String(buffer: $0.bytes) } == "a")
        #expect(queue.count == 0)
        #expect(!queue.hasFlushed)
    }

    @Test func oneOfSeveralIsNotTheOnlyOne() {
        var queue = queue(["a", "b"])
        queue.flush()
        #expect(queue.takeOnly().map(\.bytes) == nil)
        let taken = takeFlushed(from: &queue)
        #expect(taken == ["a", "b"])
        #expect(queue.count == 0)
    }

    @Test(arguments: 1...4)
    func whatCameAfterTheFlushStays(flushed: Int) {
        let all = ["a", "b", "c", "d"]
        var queue = queue(Array(all.prefix(flushed)))
        queue.flush()
        append(Array(all.dropFirst(flushed)), to: &queue)
        let taken = takeFlushed(from: &queue)
        #expect(taken == Array(all.prefix(flushed)))
        #expect(queue.count == 4 - flushed)
        queue.flush()
        let later = takeFlushed(from: &queue)
        #expect(later == Array(all.dropFirst(flushed)))
    }

    @Test func aLentStorageIsUsed() {
        var lent = 0
        func spare() -> [PendingWrites.Item] {
            lent += 1
            var spare: [PendingWrites.Item] = []
            spare.reserveCapacity(64)
            return spare
        }
        var queue = PendingWrites()
        append(["a"], to: &queue, lending: spare())
        #expect(lent == 0)
        append(["b", "c"], to: &queue, lending: spare())
        #expect(lent == 1)
        queue.flush()
        var tail: [PendingWrites.Item] = []
        _ = queue.takeFlushed(tail: &tail)
        #expect(tail.capacity >= 64)
    }

    @Test func everythingCanBeTakenAtTheEnd() {
        var queue = queue(["a", "b", "c"])
        queue.flush()
        #expect(queue.takeAll().map { String(buffer: $0.bytes) } == ["a", "b", "c"])
        #expect(queue.takeAll().isEmpty)
        #expect(!queue.hasFlushed)
    }
}
