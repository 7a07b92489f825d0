// A block of addresses, as operators write it: whom a limit spares, and whose word about a client is taken.

/// The addresses that begin with the same bits (CIDR, RFC 4632 §3.1, RFC 4291 §2.3).
package struct Network: Sendable, Hashable {
    private let address: ClientAddress
    /// How many of 128 bits are the same; IPv4's count from 96 on.
    private let prefix: Int

    /// - Parameter text: `192.0.2.0/24`, `2001:db8::/32`, or one address. What is behind the prefix has to be zero:
    ///   `10.1.2.3/8` is probably another network than was meant.
    package init?(_ text: String) {
        let (base, length) = text.bytes.cut(at: UInt8(ascii: "/"))
        guard let address = ClientAddress(base) else { return nil }
        let most = address.isIPv4 ? 32 : 128
        guard let bits = length.map({ Self.number($0) }) ?? most, bits <= most else { return nil }
        self.address = address
        prefix = 128 - most + bits
        guard Self.start(address, prefix) == address.bits else { return nil }
    }

    /// Whether it is all of IPv4, or of IPv6.
    package var isEverybody: Bool { prefix == (address.isIPv4 ? 96 : 0) }

    /// Whether an address is one of them. No network of IPv6 has any of IPv4, be it `::/0`.
    package func contains(_ address: ClientAddress) -> Bool {
        address.isIPv4 == self.address.isIPv4 && Self.start(address, prefix) == self.address.bits
    }

    private static func start(_ address: ClientAddress, _ prefix: Int) -> UInt128 {
        // A shift by all bits leaves none.
        (address.bits >> (128 - prefix)) << (128 - prefix)
    }

    private static func number(_ text: Substring.UTF8View) -> Int? {
        guard (1...3).contains(text.count), text.allSatisfy(ASCII.isDigit) else { return nil }
        guard text.count == 1 || text.first != UInt8(ascii: "0") else { return nil }
        return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }
}

extension Network: CustomStringConvertible {
    /// As it was written, in RFC 5952's form.
    package var description: String {
        let (all, own) = address.isIPv4 ? (32, prefix - 96) : (128, prefix)
        return own == all ? "\(address)" : "\(address)/\(own)"
    }
}

extension [Network] {
    /// Whether one of them has the address. Nobody knows where a client without one is: it is in none.
    package func contain(_ address: ClientAddress?) -> Bool {
        guard let address else { return false }
        return contains { $0.contains(address) }
    }
}
