// Two record layers, the one's writing key the other's reading key. That real clients understand what is sealed is
// shown from outside, and by NIOOpenSSL's tests, whose clients are OpenSSL's.

import NIOCore
import Testing

@testable import OpenSSLKit

@Suite struct RecordLayerTests {
    /// One end: its layer, its scratch memory, and what it has received.
    private final class End {
        var layer: RecordLayer
        let scratch = RecordScratch()
        var received = ByteBuffer()

        init(reads: UInt8, writes: UInt8, _ suite: RecordSuite, recordsPerKey: UInt64? = nil) {
            func key(_ seed: UInt8) -> TrafficKey {
                [UInt8](repeating: seed, count: suite.secretBytes).withUnsafeBytes { .holding(secret: $0) }
            }
            layer = RecordLayer(
                reading: key(reads), writing: key(writes), suite: suite, recordsPerKey: recordsPerKey)
        }

        /// The records of `text`.
        func seal(_ text: String) throws -> ByteBuffer {
            let outcome = Array(text.utf8).withUnsafeBytes { layer.write($0, scratch) }
            guard case .complete = outcome else { throw Refused() }
            return try #require(takeSent())
        }

        func takeSent() -> ByteBuffer? { scratch.takeCiphertext().map { ByteBuffer(bytes: $0.readableBytesView) } }

        /// Takes ciphertext; what it says, and how it ends.
        func open(_ bytes: ByteBuffer) -> (text: String, status: ReadOutcome.Status) {
            received.writeImmutableBuffer(bytes)
            scratch.decrypted.clear()
            var status = ReadOutcome.Status.more
            while case .more = status { status = layer.read(&received, scratch, at: .uptimeNanoseconds(1)) }
            return (String(decoding: scratch.decrypted.bytes, as: UTF8.self), status)
        }
    }

    private struct Refused: Error {}

    private func pair(
        _ suite: RecordSuite = .aes128GCM, recordsPerKey: UInt64? = nil
    ) -> (server: End, client: End) {
        let server = End(reads: 1, writes: 2, suite, recordsPerKey: recordsPerKey)
        return (server, End(reads: 2, writes: 1, suite))
    }

    private func reason(_ status: ReadOutcome.Status) -> OpenSSLFailure? {
        if case .failed(let failure) = status { failure } else { nil }
    }

    // MARK: Vectors

    private func bytes(_ hex: String) -> [UInt8] {
        hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }

    /// RFC 8448 §3: the client's application data.
    @Test func `keys and records are those of RFC 8448`() throws {
        let secret = bytes(
            "9e 40 64 6c e7 9a 7f 9d c0 5a f8 88 9b ce 65 52 87 5a fa 0b 06 df 00 87 f7 92 eb b7 c1 75 04 a5")
        let scratch = RecordScratch()
        func held() -> TrafficKey { secret.withUnsafeBytes { .holding(secret: $0) } }
        var layer = RecordLayer(reading: held(), writing: held(), suite: .aes128GCM)
        let key = held()
        key.begin(.aes128GCM)
        key.withNextRecord { key, nonce in
            let key = Array(UnsafeBufferPointer(start: key, count: 16))
            #expect(key == bytes("17 42 2d da 59 6e d5 d9 ac d8 90 e3 c6 3f 50 51"))
            let nonce = Array(UnsafeBufferPointer(start: nonce, count: 12))
            #expect(nonce == bytes("5b 78 92 3d ee 08 57 90 33 e5 23 d9"))
        }
        _ = Array(0..<50 as Range<UInt8>).withUnsafeBytes { layer.write($0, scratch) }
        let record = bytes(
            """
            17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f 2b 98 19 \
            a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 \
            15 e4
            """)
        #expect(scratch.takeCiphertext() == ByteBuffer(bytes: record))
    }

    // MARK: Data

    @Test(arguments: RecordSuite.allCases) func `what one end seals the other opens`(suite: RecordSuite) throws {
        let (server, client) = pair(suite)
        for text in ["a", "second", String(repeating: "x", count: 16_384)] {
            #expect(client.open(try server.seal(text)).text == text)
            #expect(server.open(try client.seal(text)).text == text)
        }
    }

    @Test func `a record is opened when all of it is here`() throws {
        let (server, client) = pair()
        var said = ""
        for byte in try server.seal("bytewise").readableBytesView {
            said += client.open(ByteBuffer(bytes: [byte])).text
        }
        #expect(said == "bytewise")
    }

    @Test func `every bit of a record counts`() throws {
        let sealed = try pair().server.seal("x")
        for index in 0..<(sealed.readableBytes * 8) {
            var broken = sealed
            let byte = sealed.getInteger(at: index / 8, as: UInt8.self) ?? 0
            broken.setInteger(byte ^ (1 << (index % 8)), at: index / 8)
            let (text, status) = pair().client.open(broken)
            #expect(text.isEmpty)
            // A longer length waits for more; the version's bytes are authenticated like the others.
            if case .incomplete = status { #expect((24..<40).contains(index)) } else { #expect(reason(status) != nil) }
        }
    }

    @Test func `a record that was lost or repeated is noticed, and the client is told`() throws {
        let (server, client) = pair()
        let first = try server.seal("first")
        _ = client.open(first)
        let failure = reason(client.open(first).status)
        #expect(failure?.alertSent == 20)
        let told = reason(server.open(try #require(client.takeSent())).status)
        #expect(told?.kind == .alertReceived(20))
        #expect(throws: Refused.self) { try client.seal("no more") }
    }

    // MARK: Endings

    @Test func `close_notify ends one direction`() throws {
        let (server, client) = pair()
        server.layer.shutdown(server.scratch)
        let (_, status) = client.open(try #require(server.takeSent()))
        guard case .closedByPeer = status else { return #expect(Bool(false), "\(status)") }
        #expect(server.open(try client.seal("still here")).text == "still here")
        #expect(throws: Refused.self) { try server.seal("over") }
        server.layer.shutdown(server.scratch)
        #expect(server.takeSent() == nil)
    }

    // MARK: Keys

    @Test(arguments: RecordSuite.allCases) func `an end that seals much takes new keys`(suite: RecordSuite) throws {
        let (server, client) = pair(suite, recordsPerKey: 3)
        for number in 1...10 {
            #expect(client.open(try server.seal("\(number)")).text == "\(number)")
            #expect(server.open(try client.seal("\(number)")).text == "\(number)")
        }
    }

    @Test func `key updates that ask are answered once, before the next data, and both go on`() throws {
        let (server, client) = pair()
        for _ in 1...3 {
            let isSent = client.layer.updateWritingKey(client.scratch, asksForOne: true)
            #expect(isSent)
            #expect(server.open(try #require(client.takeSent())).text.isEmpty)
            #expect(server.takeSent() == nil)
        }
        let answer = try server.seal("new key")
        #expect(answer.readableBytes == 27 + 29, "one key update, one record of data")
        #expect(client.open(answer).text == "new key")
        #expect(server.open(try client.seal("likewise")).text == "likewise")
    }
}
