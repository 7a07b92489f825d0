// The PROXY protocol's header, in any pieces and with anything in it.

import NIOCore
import PeerText
import SeededRandom
import Testing

@testable import GatewayServer

@Suite struct ProxyHeaderReaderTests {
    typealias Reading = ProxyHeaderReader.Reading

    static func client(_ text: String) throws -> Reading {
        let client: ClientAddress = try #require(ClientAddress(text[...].utf8))
        return .complete(client: client)
    }

    /// Version 2: the fixed part, and what follows.
    static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = UInt16(length ?? rest.count)
        return ProxyHeaderReader.signature + [command, family, UInt8(length >> 8), UInt8(length & 255)] + rest
    }

    private static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0x12, 0x34, 0x01, 0xBB]
    private static let ipv6: [UInt8] =
        [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [9] + Array(repeating: 1, count: 20)
    /// What HAProxy says of the client's TLS (PP2_TYPE_SSL).
    private static let more: [UInt8] = [0x20, 0, 5, 1, 0, 0, 0, 0]

    /// - Returns: what came of it, and what is left for TLS.
    static func read(_ bytes: [UInt8], pieces: [Int] = []) -> (Reading, [UInt8]) {
        var (reader, held, start) = (ProxyHeaderReader(), ByteBuffer(), 0)
        var reading = Reading.incomplete
        for end in pieces + [bytes.count] where end >= start {
            held.writeBytes(bytes[start..<end])
            start = end
            guard reading == .incomplete else { continue }
            reading = reader.read(&held)
            // What is kept of a header that is not whole is never much.
            if reading == .incomplete { #expect(held.readableBytes < 107) }
        }
        return (reading, Array(held.readableBytesView))
    }

    /// Each header, and the address that it tells.
    static let good: [(header: [UInt8], client: String?)] = [
        (Array("PROXY TCP4 192.0.2.1 198.51.100.1 4660 443\r\n".utf8), "192.0.2.1"),
        (Array("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n".utf8), "255.255.255.255"),
        (Array("PROXY TCP6 2001:db8::9 ::1 0 443\r\n".utf8), "2001:db8::9"),
        (Array("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.1 1 2\r\n".utf8), "192.0.2.1"),
        (Array("PROXY UNKNOWN\r\n".utf8), nil),
        (Array("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n".utf8), nil),
        (binary(0x21, 0x11, ipv4), "192.0.2.1"), (binary(0x21, 0x11, ipv4 + more), "192.0.2.1"),
        (binary(0x21, 0x21, ipv6), "2001:db8::9"), (binary(0x21, 0x21, ipv6 + more), "2001:db8::9"),
        (binary(0x20, 0x00, []), nil), (binary(0x20, 0x11, ipv4), nil), (binary(0x21, 0x00, more), nil),
        (binary(0x21, 0x31, Array(repeating: 7, count: 216)), nil), (binary(0x21, 0x12, ipv4), nil),
        (binary(0x21, 0x11, ipv4 + Array(repeating: 4, count: 65_535 - 12)), "192.0.2.1"),
    ]

    @Test(arguments: good.indices) func `is read, and what follows is the client's`(index: Int) throws {
        let (header, client) = Self.good[index]
        let expected = try client.map(Self.client) ?? .complete(client: nil)
        for behind in [[], [22, 3, 1], Array("PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\n".utf8), Array(header.prefix(200))] {
            let (reading, rest) = Self.read(header + behind)
            #expect(reading == expected && rest == behind)
        }
    }

    @Test func `may be cut anywhere`() throws {
        for (header, client) in Self.good where header.count < 1000 {
            let expected = try client.map(Self.client) ?? .complete(client: nil)
            for cut in 0...header.count {
                let (reading, rest) = Self.read(header + [22, 3], pieces: [cut])
                #expect(reading == expected && rest == [22, 3], "cut at \(cut)")
                if cut < header.count { #expect(Self.read(Array(header[..<cut])).0 == .incomplete) }
            }
            #expect(Self.read(header + [22], pieces: Array(0..<header.count)).0 == expected)
        }
    }

    @Test func `random pieces read alike`() throws {
        var random = SeededGenerator(test: "ProxyHeaderReaderTests")
        for _ in 0..<300 {
            let (header, client) = Self.good[Int.random(in: 0..<Self.good.count, using: &random)]
            let expected = try client.map(Self.client) ?? .complete(client: nil)
            let pieces = (0..<5).map { _ in Int.random(in: 0...header.count, using: &random) }.sorted()
            let (reading, rest) = Self.read(header + [1, 2, 3], pieces: pieces)
            #expect(reading == expected && rest == [1, 2, 3])
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}", "P", "PROX", "proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n", "PROXX ",
        "PROXY\r\n",
        "PRI * HTTP/2.0\r\n", "\r\n\r\nGET", " PROXY UNKNOWN\r\n",
    ])
    func `what is none is missing, as soon as it can be told`(text: String) {
        let (reading, _) = Self.read(Array(text.utf8))
        #expect(reading == (["P", "PROX"].contains(text) ? .incomplete : .missing))
    }

    @Test(arguments: [
        "TCP4 192.0.2.1 198.51.100.1 1 2", "TCP4 192.0.2.1 198.51.100.1 1 2\n", "TCP4 192.0.2.1 198.51.100.1 1\r\n",
        "TCP4 192.0.2.1 198.51.100.1 1 2 \r\n", "TCP4  192.0.2.1 198.51.100.1 1 2\r\n",
        "TCP4 192.0.2.1 198.51.100.1 1 65536\r\n", "TCP4 192.0.2.1 198.51.100.1 01 2\r\n",
        "TCP4 192.0.2.1 198.51.100.1 -1 2\r\n", "TCP4 192.0.2.256 198.51.100.1 1 2\r\n",
        "TCP4 192.0.2.1 x 1 2\r\n", "TCP4 ::1 ::1 1 2\r\n", "TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
        "UDP4 192.0.2.1 198.51.100.1 1 2\r\n", "UNKNOWNX\r\n", "unknown\r\n", "\r\n",
        "TCP4 192.0.2.1\u{0} 1.1.1.1 1 2\r\n",
        "TCP4 _hidden unknown 1 2\r\n",
    ])
    func `a line that the spec does not have is invalid`(rest: String) {
        let padding = rest.utf8.contains(10) ? "" : String(repeating: "0", count: 107)
        #expect(Self.read(Array("PROXY \(rest)\(padding)".utf8)).0 == .invalid)
    }

    @Test func `a line has 107 bytes at most`() {
        let longest = "PROXY UNKNOWN " + String(repeating: "x", count: 107 - 16) + "\r\n"
        #expect(longest.utf8.count == 107)
        #expect(Self.read(Array(longest.utf8)).0 == .complete(client: nil))
        let longer = longest.dropLast() + "x\r\n"
        #expect(Self.read(Array(longer.utf8)).0 == .invalid)
        #expect(Self.read(Array(repeating: UInt8(ascii: "x"), count: 200)).0 == .missing)
    }

    @Test func `version, command, family and length have to be the spec's`() {
        let wrong = [
            Self.binary(0x11, 0x11, Self.ipv4), Self.binary(0x31, 0x11, Self.ipv4), Self.binary(0x22, 0x11, Self.ipv4),
            Self.binary(0x2F, 0x00, []), Self.binary(0x21, 0x41, Self.ipv4), Self.binary(0x21, 0x13, Self.ipv4),
            Self.binary(0x21, 0xFF, Self.ipv4), Self.binary(0x21, 0x11, Array(Self.ipv4.dropLast())),
            Self.binary(0x21, 0x21, Array(Self.ipv6.dropLast())), Self.binary(0x21, 0x11, Self.ipv4, length: 0),
        ]
        for header in wrong { #expect(Self.read(header).0 == .invalid) }
    }

    @Test func `random bytes never trap`() {
        var random = SeededGenerator(test: "ProxyHeaderReaderTests.random")
        for _ in 0..<20_000 {
            var bytes = Self.good[Int.random(in: 0..<Self.good.count - 1, using: &random)].header
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            let pieces = (0..<3).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
            #expect(Self.read(bytes).0 == Self.read(bytes, pieces: pieces).0)
        }
    }
}
