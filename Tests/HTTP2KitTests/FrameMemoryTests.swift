import Testing

@testable import HTTP2Kit

/// Where nghttp2's sessions keep their memory.
@Suite struct FrameMemoryTests {
    private static let frameBytes = 16_394

    /// What a session uses of it is some dozen bytes: with their page, 4 KiB. At the same place of each page they would
    /// meet in the same few lines of the processor's caches.
    @Test func `large blocks begin within a page, each at another place`() throws {
        let memory = FrameMemory()
        let blocks = (0..<50).compactMap { _ in memory.allocate(Self.frameBytes) }
        let places = blocks.map { UInt(bitPattern: $0) % 4096 }
        #expect(blocks.count == 50)
        #expect(Set(places).count == places.count)
        #expect(places.allSatisfy { (16..<4096 - 64).contains($0) && $0 % 64 == 16 })
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

    @Test func `what became free is used again`() throws {
        let memory = FrameMemory()
        let first = try #require(memory.allocate(Self.frameBytes))
        memory.release(first)
        #expect(memory.allocate(Self.frameBytes) == first)
    }

    @Test(arguments: [100, frameBytes]) func `a block that grows keeps what is in it`(size: Int) throws {
        let memory = FrameMemory()
        let block = try #require(memory.allocate(size))
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
}
