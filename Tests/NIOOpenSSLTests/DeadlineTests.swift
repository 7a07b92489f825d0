// Handshakes that are begun and not brought to an end.

import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct DeadlineTests {
    @Test func aSilentPeerIsCutOff() throws {
        let wire = try Wire.make()
        try wire.server.connect()
        wire.loop.advanceTime(by: .milliseconds(9_999))
        #expect(wire.server.channel.isActive)
        wire.loop.advanceTime(by: .milliseconds(1))
        let error = try #require(wire.server.recorder.tlsError)
        #expect(error.code == .handshakeTimedOut)
        #expect(error.responsible == .peer)
        #expect(error.message.contains("10000 ms"))
        #expect(!wire.server.channel.isActive)
    }

    @Test func aPeerThatTricklesIsCutOff() throws {
        let wire = try Wire.make()
        try wire.server.connect()
        try wire.client.connect()
        for byte in wire.client.takeBytes().prefix(100) {
            wire.server.deliver([byte])
            wire.loop.advanceTime(by: .milliseconds(150))
        }
        #expect(wire.server.recorder.codes == [.handshakeTimedOut])
    }

    @Test func aClientCutsOffASilentServer() throws {
        let wire = try Wire.make()
        try wire.client.connect()
        let promise = wire.loop.makePromise(of: Void.self)
        wire.client.write("waiting", promise: promise)
        wire.loop.advanceTime(by: .seconds(10))
        #expect(wire.client.recorder.codes == [.handshakeTimedOut])
        #expect(throws: TLSError.self) { try promise.futureResult.wait() }
    }

    @Test func afterTheHandshakeThereIsNoDeadline() throws {
        let wire = try Wire.open()
        wire.loop.advanceTime(by: .hours(24))
        #expect(wire.server.channel.isActive)
        #expect(wire.server.recorder.errors.isEmpty)
    }
}
