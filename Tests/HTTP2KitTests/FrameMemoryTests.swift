import FrameClient
import NIOCore
import Testing

@testable import HTTP2Kit

/// Where nghttp2's sessions keep their memory.
@Suite struct FrameMemoryTests {
    private static let frameBytes = 16_394

    /// What a session that is made gets for its frames, and what it gets next.
    private func blocksOfSession(in memory: FrameMemory) -> [UnsafeMutableRawPointer?] {
        memory.withFunctions { _ in
            [memory.allocate(100), memory.resize(nil, to: Self.frameBytes), memory.allocate(Self.frameBytes)]
                + [memory.allocate(1024), memory.allocate(1024), memory.allocate(1024)]
        }
    }

    @Test func `sessions make their frames in one block`() throws {
        let memory = FrameMemory()
        let (one, other) = (blocksOfSession(in: memory), blocksOfSession(in: memory))
        let all = try (one + other).map { try #require($0) }
        #expect(one[1] == other[1])
        #expect(Set(all).count == 11, "all else is each one's own")
        for block in all { memory.release(block) }
    }

    @Test func `a session that is gone leaves the block to the others`() throws {
        let memory = FrameMemory()
        let one = blocksOfSession(in: memory)
        for block in one { memory.release(block) }
        let (tables, others) = (one[3...4], blocksOfSession(in: memory))
        #expect(others[3...4] == tables, "what became free is used again")
        for block in others { memory.release(block) }
        let shared = try #require(one[1])
        shared.initializeMemory(as: UInt8.self, repeating: 7, count: Self.frameBytes)
        #expect(UnsafeRawBufferPointer(start: shared, count: Self.frameBytes).allSatisfy { $0 == 7 })
        let other = blocksOfSession(in: memory)
        #expect(other[1] == shared)
        for block in other { memory.release(block) }
    }

    @Test func `blocks that are used up are nobody's`() throws {
        var blocks = UnwrittenBlocks(blockBytes: 1024, limit: 3)
        let all = (0..<3).compactMap { _ in blocks.take() }
        let further = blocks.take()
        #expect(Set(all).count == 3)
        #expect(further == nil)
        for block in all { block.initializeMemory(as: UInt8.self, repeating: 7, count: 1024) }
        let last = try #require(all.last)
        let isIn = (blocks.contains(last), blocks.contains(last + 1024))
        #expect(isIn == (true, false))
        blocks.giveBack(last)
        let again = blocks.take()
        #expect(again == last)
    }

    @Test func `blocks do not touch each other, and keep what is written`() throws {
        let memory = FrameMemory()
        let sizes = [1, 16, 2928, Self.frameBytes, 16_496, 16_497, 20_480, 100_000]
        let blocks = try (0..<100).flatMap { round in
            try sizes.map { size in
                let block = try #require(memory.allocate(size))
                block.initializeMemory(as: UInt8.self, repeating: UInt8(round), count: size)
                return (block, size, UInt8(round))
            }
        }
        for (block, size, byte) in blocks {
            #expect(UnsafeRawBufferPointer(start: block, count: size).allSatisfy { $0 == byte })
            memory.release(block)
        }
    }

    @Test(arguments: [100, 1024, frameBytes]) func `a block that grows keeps what is in it`(size: Int) throws {
        let memory = FrameMemory()
        let block = try #require(memory.withFunctions { _ in memory.allocate(size) })
        block.initializeMemory(as: UInt8.self, repeating: 7, count: size)
        let larger = try #require(memory.resize(block, to: 50_000))
        #expect(UnsafeRawBufferPointer(start: larger, count: size).allSatisfy { $0 == 7 })
        memory.release(larger)
    }

    @Test func `sizes that no memory has are refused`() {
        let memory = FrameMemory()
        #expect(memory.allocate(.max) == nil)
        #expect(memory.resize(memory.allocate(1), to: .max) == nil)
        memory.release(nil)
    }

    /// Output that is taken in pieces, where another session makes frames between any two of them.
    @Test(arguments: [1, 100, 20_000]) func `sessions of a loop do not spoil each other's frames`(limit: Int) throws {
        let output = HTTP2Output()
        let pairs = try (0..<3).map { _ in try SessionPair(output: output) }
        let body = ByteBuffer(repeating: 0x61, count: 30_000)
        // More fields than one block holds, so that CONTINUATION follows.
        let fields = (0..<40).map { HTTP2Field("x-\($0)", String(repeating: "\($0 % 10)", count: 1000)) }
        for pair in pairs {
            for id in [UInt32(1), 3] {
                let stream = try pair.open(id)
                pair.session.respond([HTTP2Field(":status", "200")] + fields, body: body, endsStream: true, on: stream)
            }
        }
        var frames = pairs.map { _ in [Frame]() }
        var isMore = true
        while isMore {
            isMore = false
            for (index, pair) in pairs.enumerated() {
                let now = pair.now
                if try pair.session.takeOutput(atMost: limit, now: now, { frames[index] += pair.reader.read($0) }) {
                    isMore = true
                }
            }
        }
        #expect(frames[0].contains { $0.kind == .continuation })
        #expect(frames[0].filter { $0.kind == .data }.reduce(0) { $0 + $1.payload.count } == 60_000)
        #expect(frames[1] == frames[0])
        #expect(frames[2] == frames[0])
    }
}
