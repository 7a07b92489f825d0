import NIOCore
import Testing

@testable import GatewayServer

/// Where a connection's reads go.
@Suite struct FleetingReadsTests {
    /// What a channel does with each read.
    private struct Channel {
        private var pool = NIOPooledRecvBufferAllocator(capacity: 1, recvAllocator: FleetingReads())

        /// Reads from a socket that has so much, and says how much there was room for.
        mutating func read(_ available: Int) -> Int {
            let (buffer, room) = pool.buffer(allocator: ByteBufferAllocator()) { buffer in
                defer { buffer.writeRepeatingByte(0, count: min(available, buffer.writableBytes)) }
                return buffer.writableBytes
            }
            pool.record(actualReadBytes: buffer.readableBytes)
            return room
        }

        /// What it holds on to until the next read.
        var keptBytes: Int? { (Mirror(reflecting: pool).descendant("_buffer") as? ByteBuffer)?.storageCapacity }
    }

    @Test func `the first read is a tiny one, and later ones grow with what comes`() {
        var channel = Channel()
        let rooms = (0..<4).map { _ in channel.read(100_000) }
        #expect(rooms == [16, 2048, 4096, 8192])
        let last = (0..<10).map { _ in channel.read(100_000) }.last
        #expect(last == 65_536)
    }

    @Test(arguments: [100, 100_000]) func `a channel keeps no more than its first buffer`(available: Int) {
        var channel = Channel()
        for _ in 0..<10 {
            _ = channel.read(available)
            #expect(channel.keptBytes == 16)
        }
    }

    @Test func `where little comes, less is made room for`() {
        var channel = Channel()
        let rooms = (0..<9).map { _ in channel.read(100) }
        #expect(rooms == [16, 2048, 2048, 1024, 1024, 512, 512, 512, 512])
    }

    @Test func `a channel holds it without an allocation`() {
        #expect(MemoryLayout<FleetingReads>.size <= 3 * MemoryLayout<Int>.size)
    }
}
