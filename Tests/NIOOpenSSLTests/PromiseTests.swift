// Every promise is completed exactly once, with what became of the bytes.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct PromiseTests {
    /// Notes in which order promises complete. Confined to the event loop of the test.
    private final class Notes {
        var order: [Int] = []
        var failures = 0
    }

    private func write(_ count: Int, on end: End, loop: EmbeddedEventLoop, notes: Notes) {
        for index in 0..<count {
            let promise = loop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenComplete { result in
                notes.order.append(index)
                if case .failure = result { notes.failures += 1 }
            }
            end.write("\(index)", promise: promise)
        }
    }

    @Test(arguments: [1, 2, 3, 50])
    func theyCompleteInOrderWithTheCiphertext(count: Int) throws {
        let wire = try Wire.open()
        let notes = Notes()
        write(count, on: wire.server, loop: wire.loop, notes: notes)
        #expect(notes.order.isEmpty)
        wire.server.channel.flush()
        wire.loop.run()
        #expect(notes.order == Array(0..<count))
        #expect(notes.failures == 0)
    }

    @Test func theyWaitForTheSocket() throws {
        let wire = try Wire.open()
        let socket = Socket()
        socket.takesEverything = false
        try wire.server.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        let notes = Notes()
        write(3, on: wire.server, loop: wire.loop, notes: notes)
        wire.server.channel.flush()
        wire.loop.run()
        #expect(notes.order.isEmpty)
        socket.drain()
        wire.loop.run()
        #expect(notes.order == [0, 1, 2])
    }

    @Test func someWithoutPromisesAreNoGap() throws {
        let wire = try Wire.open()
        let notes = Notes()
        wire.server.write("none")
        write(1, on: wire.server, loop: wire.loop, notes: notes)
        wire.server.write("none")
        write(1, on: wire.server, loop: wire.loop, notes: notes)
        wire.server.channel.flush()
        wire.loop.run()
        #expect(notes.order == [0, 0])
    }

    @Test func theLossOfTheConnectionFailsWhatWaits() throws {
        let wire = try Wire.open()
        let notes = Notes()
        write(4, on: wire.server, loop: wire.loop, notes: notes)
        wire.server.loseConnection()
        #expect(notes.order == [0, 1, 2, 3])
        #expect(notes.failures == 4)
    }

    @Test func aFailedHandshakeFailsWhatWaits() throws {
        let wire = try Wire.make(client: { $0.trustRoots = TestAuthority.foreign.trust })
        let notes = Notes()
        write(2, on: wire.client, loop: wire.loop, notes: notes)
        wire.client.channel.flush()
        try wire.connect()
        #expect(notes.failures == 2)
    }

    @Test func onlyWhatWasFlushedIsSent() throws {
        let wire = try Wire.make()
        let notes = Notes()
        write(2, on: wire.client, loop: wire.loop, notes: notes)
        wire.client.channel.flush()
        write(2, on: wire.client, loop: wire.loop, notes: notes)
        try wire.connect()
        #expect(notes.order == [0, 1])
        #expect(wire.server.recorder.text == "01")
        wire.client.channel.flush()
        wire.run()
        #expect(wire.server.recorder.text == "0101")
    }
}
