// How writes become records: as few as possible, and one flush of the channel per flush.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct CoalescingTests {
    /// The lengths of the TLS records in `bytes`, by their headers (RFC 8446 §5.1).
    private func records(_ bytes: [UInt8]) -> [Int] {
        var lengths: [Int] = []
        var rest = bytes[...]
        while rest.count >= 5 {
            let length = Int(rest[rest.startIndex + 3]) << 8 | Int(rest[rest.startIndex + 4])
            lengths.append(length)
            rest = rest.dropFirst(5 + length)
        }
        #expect(rest.isEmpty)
        return lengths
    }

    // TLS 1.3 adds the content type and the tag: 17 bytes.
    @Test(arguments: [1, 2, 3, 100])
    func theWritesOfOneFlushAreOneRecord(count: Int) throws {
        let wire = try Wire.open()
        for _ in 0..<count { wire.server.write("0123456789") }
        wire.server.channel.flush()
        let bytes = wire.server.takeBytes()
        #expect(records(bytes) == [10 * count + 17])
        wire.client.deliver(bytes)
        #expect(wire.client.recorder.received.count == 10 * count)
    }

    @Test func eachFlushIsARecordOfItsOwn() throws {
        let wire = try Wire.open()
        wire.server.send("one")
        wire.server.send("two")
        #expect(records(wire.server.takeBytes()).count == 2)
    }

    // The handler right behind TLS may write past the pipeline.

    @Test func whatComesPastThePipelineIsInOrderWithWhatComesThroughIt() throws {
        let wire = try Wire.open()
        wire.server.write("one, ")
        wire.server.handler.write(ByteBuffer(string: "two, "))
        wire.server.write("three")
        wire.server.handler.flush()
        let bytes = wire.server.takeBytes()
        #expect(records(bytes) == ["one, two, three".utf8.count + 17])
        wire.client.deliver(bytes)
        #expect(wire.client.recorder.text == "one, two, three")
    }

    @Test func whatIsFlushedAtOnceIsInOrderWithWhatWaits() throws {
        let wire = try Wire.open()
        wire.server.handler.writeAndFlush(ByteBuffer(string: "one, "))
        wire.server.write("two, ")
        wire.server.handler.writeAndFlush(ByteBuffer(string: "three, "))
        wire.server.handler.writeAndFlush(ByteBuffer(string: "."), behind: Self.prefix)
        let bytes = wire.server.takeBytes()
        #expect(records(bytes) == [5, 12, 10].map { $0 + 17 })
        wire.client.deliver(bytes)
        #expect(wire.client.recorder.text == "one, two, three, ABCDEFGHI.")
    }

    @Test func whatIsFlushedAtOnceWaitsForTheHandshake() throws {
        let wire = try Wire.make()
        wire.server.handler.writeAndFlush(ByteBuffer(string: "early"))
        try wire.connect()
        #expect(wire.client.recorder.text == "early")
    }

    // What stands before the bytes of a write: the header of a frame.

    private static let prefix = PlaintextPrefix(0x4142_4344_4546_4748, 0x49)

    /// A record holds 16,384 bytes (RFC 8446 §5.1).
    @Test(arguments: [(1, [10]), (16_375, [16_384]), (16_376, [16_384, 1]), (40_000, [16_384, 16_384, 7_241])])
    func aPrefixIsInTheRecordOfItsBytes(count: Int, contents: [Int]) throws {
        let wire = try Wire.open()
        wire.server.handler.write(ByteBuffer(repeating: 0x2e, count: count), behind: Self.prefix)
        wire.server.handler.flush()
        let bytes = wire.server.takeBytes()
        #expect(records(bytes) == contents.map { $0 + 17 })
        wire.client.deliver(bytes)
        #expect(wire.client.recorder.text == "ABCDEFGHI" + String(repeating: ".", count: count))
    }

    /// OpenSSL keeps a client's records.
    @Test func aPrefixStandsBeforeItsBytesInOpenSSLsRecords() throws {
        let wire = try Wire.open()
        wire.client.handler.write(ByteBuffer(string: "one"), behind: Self.prefix)
        wire.client.handler.flush()
        let bytes = wire.client.takeBytes()
        #expect(records(bytes) == ["ABCDEFGHIone".utf8.count + 17])
        wire.server.deliver(bytes)
        #expect(wire.server.recorder.text == "ABCDEFGHIone")
    }

    @Test func prefixesStandBetweenTheWritesOfAFlush() throws {
        let wire = try Wire.open()
        wire.server.handler.write(ByteBuffer(string: "one"), behind: Self.prefix)
        wire.server.handler.write(ByteBuffer(string: "two"))
        wire.server.handler.write(ByteBuffer(string: "three"), behind: Self.prefix)
        wire.server.handler.flush()
        let bytes = wire.server.takeBytes()
        #expect(records(bytes).count == 1)
        wire.client.deliver(bytes)
        #expect(wire.client.recorder.text == "ABCDEFGHIonetwoABCDEFGHIthree")
    }

    @Test func whatComesPastThePipelineWaitsForTheHandshake() throws {
        let wire = try Wire.make()
        wire.server.handler.write(ByteBuffer(string: "early"))
        wire.server.handler.flush()
        try wire.connect()
        #expect(wire.client.recorder.text == "early")
    }

    @Test func whatComesPastThePipelineOfAClosedChannelIsDropped() throws {
        let wire = try Wire.open()
        let tls = wire.server.handler
        wire.server.loseConnection()
        tls.write(ByteBuffer(string: "late"))
        tls.flush()
        #expect(wire.server.takeBytes().isEmpty)
    }

    @Test func recordsAreFilled() throws {
        let wire = try Wire.open()
        wire.server.write(String(repeating: "a", count: 10_000))
        wire.server.write(String(repeating: "b", count: 10_000))
        wire.server.write(String(repeating: "c", count: 20_000))
        wire.server.channel.flush()
        let bytes = wire.server.takeBytes()
        #expect(records(bytes) == [16_401, 16_401, 40_000 - 32_768 + 17])
        wire.client.deliver(bytes)
        let expected = ["a": 10_000, "b": 10_000, "c": 20_000].sorted { $0.key < $1.key }
        #expect(wire.client.recorder.text == expected.map { String(repeating: $0.key, count: $0.value) }.joined())
    }

    @Test(arguments: [1, 16_383, 16_384, 16_385, 32_768, 131_072, 1_048_576, 3_000_001])
    func largeWritesArriveWhole(count: Int) throws {
        let wire = try Wire.open()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let promise = wire.loop.makePromise(of: Void.self)
        wire.server.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: promise)
        let ciphertext = wire.server.takeBytes()
        #expect(records(ciphertext).count == (count + 16_383) / 16_384)
        wire.client.deliver(ciphertext, inPiecesOf: 65_536)
        #expect(wire.client.recorder.received == bytes)
        #expect(throws: Never.self) { try promise.futureResult.wait() }
    }

    @Test func anEmptyWriteSendsNothing() throws {
        let wire = try Wire.open()
        let promise = wire.loop.makePromise(of: Void.self)
        wire.server.write("", promise: promise)
        wire.server.channel.flush()
        #expect(wire.server.takeBytes().isEmpty)
        #expect(throws: Never.self) { try promise.futureResult.wait() }
    }

    @Test func anEmptyWriteAmongOthersChangesNothing() throws {
        let wire = try Wire.open()
        for text in ["", "a", "", "b", ""] { wire.server.write(text) }
        wire.server.channel.flush()
        let bytes = wire.server.takeBytes()
        #expect(records(bytes) == [2 + 17])
    }

    @Test func oneFlushFromAboveIsOneFlushBelow() throws {
        let wire = try Wire.open()
        let counter = FlushCounter()
        try wire.server.channel.pipeline.syncOperations.addHandler(counter, position: .first)
        wire.server.channel.flush()
        #expect(counter.flushes == 0)
        for _ in 0..<5 { wire.server.write("x") }
        wire.server.channel.flush()
        #expect(counter.flushes == 1)
        #expect(counter.writes == 1)
        wire.server.channel.writeAndFlush(ByteBuffer(repeating: 0, count: 1_000_000), promise: nil)
        #expect(counter.flushes == 2)
    }

    @Test func connectionsOfOneLoopShareTheScratchMemory() throws {
        let scratch = (client: OpenSSLScratch(), server: OpenSSLScratch())
        let contexts = try Contexts.make()
        let wires = try (0..<3).map { _ in try contexts.wire(scratch: scratch).connect() }
        for round in 0..<10 {
            for (index, wire) in wires.enumerated() { wire.server.send("round \(round) of \(index).") }
            for (index, wire) in wires.enumerated() { wire.client.send("reply \(round) of \(index).") }
        }
        for (index, wire) in wires.enumerated() {
            wire.run()
            #expect(wire.client.recorder.text == (0..<10).map { "round \($0) of \(index)." }.joined())
            #expect(wire.server.recorder.text == (0..<10).map { "reply \($0) of \(index)." }.joined())
        }
    }
}

/// Counts what reaches the channel.
final class FlushCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var writes = 0
    private(set) var flushes = 0
    private(set) var reads = 0

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writes += 1
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        flushes += 1
        context.flush()
    }

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }
}
