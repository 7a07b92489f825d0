// What may be agreed on about the length of records (RFC 6066 §4): OpenSSL's server agrees to it, and such records stay
// with it.

import COpenSSL
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite struct FragmentLengthTests {
    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION], 1...4 as ClosedRange<UInt8>)
    func recordsAreAsShortAsTheClientAsks(version: CInt, code: UInt8) throws {
        let client = try RawClient(version: version) { SSL_CTX_set_tlsext_max_fragment_length($0, code) }
        let server = try End.server()
        try client.connect(to: server)
        let text = String(repeating: "0123456789", count: 5_000)
        server.send(text)
        let bytes = server.takeBytes()
        #expect(Self.bodies(in: bytes).allSatisfy { $0 <= 256 << Int(code) + 32 })
        client.deliver(bytes)
        #expect(client.read() == text)
        client.write(text)
        server.deliver(client.takeBytes())
        #expect(server.recorder.text == text)
    }

    /// How long the records are.
    private static func bodies(in bytes: [UInt8]) -> [Int] {
        var (bodies, start): ([Int], Int) = ([], 0)
        while start + 5 <= bytes.count {
            bodies.append(Int(bytes[start + 3]) << 8 | Int(bytes[start + 4]))
            start += 5 + (bodies.last ?? 0)
        }
        return bodies
    }
}
