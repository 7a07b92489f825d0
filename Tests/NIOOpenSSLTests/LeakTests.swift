// Nothing outlives its connection.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct LeakTests {
    /// Runs `body` with a wire and tells whether its handlers are gone afterwards.
    private func isReleased(after body: (Wire) throws -> Void) throws -> Bool {
        weak var client: OpenSSLHandler?
        weak var server: OpenSSLHandler?
        weak var context: TLSContext?
        do {
            let contexts = try Contexts.make()
            let wire = try contexts.wire()
            (client, server, context) = (wire.client.handler, wire.server.handler, contexts.server)
            try body(wire)
            // Closing waits for the peer's close_notify; the peer may be gone.
            for end in [wire.client, wire.server] { end.channel.close(promise: nil) }
            wire.run()
            wire.loop.advanceTime(by: .seconds(5))
        }
        return client == nil && server == nil && context == nil
    }

    @Test func afterACleanEnd() throws {
        #expect(
            try isReleased { wire in
                try wire.connect()
                wire.client.send("data")
                wire.client.channel.close(promise: nil)
                wire.run()
            })
    }

    @Test func afterTheEndOfAHalfDoneHandshake() throws {
        #expect(
            try isReleased { wire in
                try wire.server.connect()
                try wire.client.connect()
                wire.moveOnce()
            })
    }

    @Test func afterALossWithWritesWaiting() throws {
        #expect(
            try isReleased { wire in
                try wire.connect()
                wire.server.write("never flushed")
                wire.server.loseConnection()
                wire.client.loseConnection()
            })
    }

    @Test func afterAFailure() throws {
        #expect(
            try isReleased { wire in
                try wire.server.connect()
                wire.server.deliver(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            })
    }

    @Test func withoutEverBeingActive() throws {
        #expect(try isReleased { _ in })
    }

    @Test func afterAShutdownThatTimedOut() throws {
        #expect(
            try isReleased { wire in
                try wire.connect()
                wire.client.channel.close(promise: nil)
                wire.loop.advanceTime(by: .seconds(5))
            })
    }
}
