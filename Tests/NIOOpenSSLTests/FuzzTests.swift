// Random damage to the TLS byte stream: nothing may crash, hang, or let a changed byte through.

import NIOCore
import NIOEmbedded
import SeededRandom
import Testing

@testable import NIOOpenSSL

@Suite struct FuzzTests {
    @Test func mutatedFlightsCrashNothing() throws {
        var random = SeededGenerator(test: "mutated flights")
        let contexts = try Contexts.make()
        let flights = try recordedFlights(contexts)
        for _ in 0..<10_000 {
            let server = try End(OpenSSLHandler(serverContext: contexts.server), loop: EmbeddedEventLoop())
            try server.connect()
            let flight = flights[Int.random(in: 0..<flights.count, using: &random)]
            server.deliver(mutated(flight, &random), inPiecesOf: Int.random(in: 1...flight.count, using: &random))
            #expect(server.recorder.received.isEmpty)
            server.loseConnection()
        }
    }

    @Test func mutatedConversationsEndInAnErrorOrArriveWhole() throws {
        var random = SeededGenerator(test: "mutated conversations")
        let contexts = try Contexts.make()
        for _ in 0..<500 {
            let wire = try contexts.wire().connect()
            let text = String(repeating: "payload ", count: Int.random(in: 1...400, using: &random))
            wire.client.send(text)
            wire.server.deliver(mutated(wire.client.takeBytes(), &random))
            let received = wire.server.recorder.text
            #expect(received.isEmpty || received == text || text.hasPrefix(received), "seed \(random.seed)")
            wire.server.loseConnection()
            wire.client.loseConnection()
        }
    }

    @Test func anyFragmentationArrivesWhole() throws {
        var random = SeededGenerator(test: "fragmentation")
        let contexts = try Contexts.make()
        for _ in 0..<100 {
            var wire = try contexts.wire()
            wire.pieceSize = Int.random(in: 1...2_000, using: &random)
            try wire.connect()
            let texts = (0..<5).map { "\($0)" + String(repeating: "x", count: .random(in: 0...9_000, using: &random)) }
            for text in texts { wire.client.send(text) }
            wire.run()
            #expect(wire.server.recorder.text == texts.joined(), "seed \(random.seed)")
        }
    }

    private func recordedFlights(_ contexts: Contexts) throws -> [[UInt8]] {
        let wire = try contexts.wire()
        try wire.server.connect()
        try wire.client.connect()
        let hello = wire.client.takeBytes()
        wire.server.deliver(hello)
        wire.client.deliver(wire.server.takeBytes())
        let finished = wire.client.takeBytes()
        return [hello, hello + finished, finished, ClientHello.bytes(minorVersion: 3), Array("GET / HTTP/1.1".utf8)]
    }

    private func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[index] = .random(in: 0...255, using: &random)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(.random(in: 0...255, using: &random), at: index)
            default: bytes.removeSubrange(index...)
            }
        }
        return bytes
    }
}
