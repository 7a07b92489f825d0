// Reading on demand, and sockets that do not take what they are given.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct BackpressureTests {
    private func counting(_ end: End) throws -> FlushCounter {
        let counter = FlushCounter()
        try end.channel.pipeline.syncOperations.addHandler(counter, position: .first)
        return counter
    }

    @Test func readsAreForwarded() throws {
        let wire = try Wire.open()
        let counter = try counting(wire.server)
        wire.server.channel.read()
        #expect(counter.reads == 1)
    }

    @Test func deliveredDataAsksForNoMore() throws {
        let wire = try Wire.open()
        let counter = try counting(wire.server)
        wire.client.send("data")
        let completions = wire.server.recorder.readCompletions
        wire.server.deliver(wire.client.takeBytes())
        #expect(counter.reads == 0)
        #expect(wire.server.recorder.readCompletions == completions + 1)
    }

    @Test func partOfARecordAsksForTheRest() throws {
        let wire = try Wire.open()
        let counter = try counting(wire.server)
        wire.client.send("data")
        let bytes = wire.client.takeBytes()
        let completions = wire.server.recorder.readCompletions
        wire.server.deliver(Array(bytes.prefix(7)))
        #expect(counter.reads == 1)
        #expect(wire.server.recorder.readCompletions == completions)
        wire.server.deliver(Array(bytes.dropFirst(7)))
        #expect(counter.reads == 1)
        #expect(wire.server.recorder.text == "data")
    }

    @Test func theHandshakeReadsByItself() throws {
        let wire = try Wire.make()
        let counter = try counting(wire.server)
        try wire.connect()
        #expect(counter.reads > 0)
        #expect(wire.server.recorder.isHandshakeComplete)
    }

    @Test func manyRecordsOfOneReadArePassedOnTogether() throws {
        let wire = try Wire.open()
        for _ in 0..<100 { wire.client.send("0123456789") }
        wire.server.deliver(wire.client.takeBytes())
        #expect(wire.server.recorder.received.count == 1_000)
        #expect(wire.server.recorder.reads == 1)
        #expect(wire.server.recorder.readCompletions == 2 || wire.server.recorder.readCompletions == 1)
    }

    // A socket that takes nothing keeps what it is given: that must be little more than the bytes themselves.
    @Test func aStalledSocketKeepsNoScratchMemory() throws {
        let wire = try Wire.open()
        let socket = Socket()
        try wire.server.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        wire.server.send(String(repeating: "x", count: 16_000))
        socket.takesEverything = false
        for _ in 0..<100 { wire.server.send(String(repeating: "x", count: 200)) }
        #expect(socket.waitingBytes > 20_000)
        #expect(socket.waitingCapacity < 32_768 + 100 * 256)
        socket.drain()
        #expect(socket.waitingBytes == 0)
    }

    @Test func aSocketThatRecoversIsServedAsBefore() throws {
        let wire = try Wire.open()
        let socket = Socket()
        try wire.server.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        for round in 0..<10 {
            socket.takesEverything = round % 2 == 0
            wire.server.send("round \(round)")
            if round % 3 == 0 { socket.drain() }
        }
        socket.drain()
        #expect(socket.writes == 10)
        #expect(socket.bytesTaken == 10 * (5 + 7 + 17))
    }
}
