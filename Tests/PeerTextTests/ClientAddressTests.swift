import CAllocationCounter
import Glibc
import SeededRandom
import Testing

@testable import PeerText

/// Addresses are read strictly, written in one form, and are one client's whatever socket took it.
@Suite struct ClientAddressTests {
    private static func address(_ text: String) -> ClientAddress? { ClientAddress(text.bytes) }

    /// RFC 5952 §4, and RFC 4291 §2.2's examples.
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:0201", "192.0.2.1"), ("::", "::"), ("::1", "::1"),
        ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"), ("FF01:0:0:0:0:0:0:101", "ff01::101"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1::", "1::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("::1.2.3.4", "::102:304"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ])
    func `are read in any form and written in one`(text: String, written: String) throws {
        let address = try #require(Self.address(text))
        #expect(address.description == written)
        #expect(Self.address(written) == address)
    }

    @Test(arguments: ["0.0.0.0", "192.0.2.10", "255.255.255.255"])
    func `of IPv4 they are written without memory of their own`(text: String) throws {
        let address = try #require(Self.address(text))
        let before = allocation_count()
        for _ in 0..<1_000 { _ = address.description }
        #if DEBUG
            // Boxes for the closure and for the loop, which are not the text's.
            #expect(allocation_count() - before <= 6_000)
        #else
            #expect(allocation_count() == before)
        #endif
    }

    @Test(arguments: [
        "", ".", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "01.2.3.4", "1.2.3.04", "256.1.1.1",
        "1.2.3.1000",
        " 1.2.3.4", "1.2.3.4 ", "+1.2.3.4", "0x1.2.3.4", "16909060", "1.2.3.4:80", ":", ":::", "1", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1::2::3", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7::8", "12345::", "g::",
        "fe80::1%eth0", "[::1]", "::1.2.3", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.256", "\u{FF11}.2.3.4",
        "1.2.3.4\u{0}", "::\u{0661}", "unknown", "_hidden",
    ])
    func `nothing else is one`(text: String) {
        #expect(Self.address(text) == nil)
    }

    @Test func `an IPv4 host is counted by its address, one of IPv6 by its 64 first bits`() throws {
        #expect(Self.address("192.0.2.1")?.key.description == "192.0.2.1")
        #expect(Self.address("::ffff:192.0.2.1")?.key == Self.address("192.0.2.1")?.key)
        #expect(Self.address("2001:db8:1:2:aaaa::1")?.key == Self.address("2001:db8:1:2::9")?.key)
        #expect(Self.address("2001:db8:1:2::1")?.key != Self.address("2001:db8:1:3::1")?.key)
        #expect(Self.address("192.0.2.1")?.key != Self.address("192.0.2.2")?.key)
    }

    @Test func `bytes of a socket are read as they are`() {
        #expect(ClientAddress(networkBytes: [192, 0, 2, 1])?.description == "192.0.2.1")
        let mapped = Array(repeating: UInt8(0), count: 10) + [255, 255, 192, 0, 2, 1]
        #expect(ClientAddress(networkBytes: mapped) == ClientAddress(networkBytes: [192, 0, 2, 1]))
        #expect(ClientAddress(networkBytes: [1, 2, 3]) == nil && ClientAddress(networkBytes: []) == nil)
    }

    /// The C library is the model: what both read is the same number, and what it writes is read.
    @Test func `random addresses are read as the system reads them`() throws {
        var random = SeededGenerator(seed: 15)
        for _ in 0..<2000 {
            let bytes = (0..<16).map { _ in Bool.random(using: &random) ? 0 : UInt8.random(in: 0...255, using: &random)
            }
            let address = try #require(ClientAddress(networkBytes: bytes))
            #expect(Self.systemReads(address.description) == bytes)
        }
    }

    @Test func `random text is read as the system reads it, or refused`() {
        var random = SeededGenerator(seed: 16)
        let letters = Array("0123456789afAF:::.".utf8)
        var read = 0
        for _ in 0..<100_000 {
            let count = Int.random(in: 2...12, using: &random)
            let text = String(
                decoding: (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] },
                as: UTF8.self)
            guard let address = Self.address(text) else { continue }
            read += 1
            let expected = Self.systemReads(text) ?? Self.systemReads("::ffff:" + text)
            #expect(expected.flatMap { ClientAddress(networkBytes: $0) } == address, "\(text)")
        }
        #expect(read > 1000)
    }

    private static func systemReads(_ text: String) -> [UInt8]? {
        if text.utf8.contains(UInt8(ascii: ".")), !text.utf8.contains(UInt8(ascii: ":")) {
            return systemReads("::ffff:" + text)
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }
}

@Suite struct NetworkTests {
    private static func has(_ network: String, _ address: String) throws -> Bool {
        let network = try #require(Network(network))
        return network.contains(try #require(ClientAddress(address.bytes)))
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255"), ("192.0.2.7", "192.0.2.7"), ("0.0.0.0/0", "8.8.8.8"),
        ("10.0.0.0/8", "10.255.0.1"), ("10.0.0.0/8", "::ffff:10.1.1.1"), ("::/0", "2001:db8::1"), ("::1", "::1"),
        ("2001:db8::/32", "2001:db8:ffff::1"), ("fe80::/10", "febf::1"), ("::ffff:10.0.0.0/8", "10.1.2.3"),
    ])
    func `has what begins like it`(network: String, address: String) throws {
        #expect(try Self.has(network, address))
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.3.0"), ("192.0.2.7", "192.0.2.6"), ("0.0.0.0/0", "2001:db8::1"), ("::/0", "8.8.8.8"),
        ("::1", "::2"), ("2001:db8::/32", "2001:db9::"), ("fe80::/10", "fec0::1"), ("10.0.0.0/8", "::10.0.0.1"),
    ])
    func `has nothing else`(network: String, address: String) throws {
        #expect(try !Self.has(network, address))
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.1.2.3/8", "2001:db8::1/64",
        "::/129", "::/1000", "10.0.0.0/8/8", "example.com", "10.0.0/8", "10.0.0.0/8 ", "10.0.0.0/255.0.0.0",
    ])
    func `what is none is not taken for one`(text: String) {
        #expect(Network(text) == nil)
    }

    @Test(arguments: ["192.0.2.0/24", "192.0.2.7", "0.0.0.0/0", "::/0", "2001:db8::/32", "::1"])
    func `is written as it was`(text: String) {
        #expect(Network(text)?.description == text)
    }
}
