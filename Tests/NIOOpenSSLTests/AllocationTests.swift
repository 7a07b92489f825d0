// The gate on the delivery path: how often a write and a flush allocate memory once everything is warm. Counts hold on
// any machine, times do not.

import CAllocationCounter
import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct AllocationTests {
    // Nothing, when optimized: a record is sealed where it is sent from. A debug build boxes what it passes about.
    private static func limit(writes: Int) -> Double {
        #if DEBUG
            Double(2 * writes - 1)
        #else
            0
        #endif
    }

    private func allocations(rounds: Int = 1_000, writes: Int) throws -> Double {
        let wire = try Wire.open()
        try wire.server.channel.pipeline.syncOperations.addHandler(Socket(), position: .first)
        let context = try wire.server.channel.pipeline.syncOperations.context(handlerType: Recorder.self)
        let event = NIOAny(ByteBuffer(string: "data: an event of the usual length, neither long nor short\n\n"))
        func deliver() {
            for _ in 0..<writes { context.write(event, promise: nil) }
            context.flush()
        }
        for _ in 0..<100 { deliver() }
        let before = allocation_count()
        for _ in 0..<rounds { deliver() }
        return Double(allocation_count() - before) / Double(rounds)
    }

    @Test func aWriteAndAFlushAllocateNothingOfTheirOwn() throws {
        let count = try allocations(writes: 1)
        #expect(count < Self.limit(writes: 1) + 0.01)
    }

    @Test func severalWritesAndAFlushAllocateNothingOfTheirOwn() throws {
        let count = try allocations(writes: 5)
        #expect(count < Self.limit(writes: 5) + 0.01)
    }

    @Test func theCounterCounts() {
        let before = allocation_count()
        let buffer = ByteBuffer(repeating: 1, count: 10_000)
        #expect(allocation_count() > before)
        #expect(buffer.readableBytes == 10_000)
    }
}
