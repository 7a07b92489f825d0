// The IP address that a client comes from, read from text as strictly as any other text of a peer's.

/// An address of IPv4 or IPv6, as a value of 16 bytes.
///
/// An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is that IPv4 address: one client
/// must not be two, depending on the socket that took its connection.
package struct ClientAddress: Sendable, Hashable {
    /// An address as a number; IPv4's with the prefix that IPv6 gives it.
    let bits: UInt128

    init(bits: UInt128) { self.bits = bits }

    /// - Parameter ipv4: in the host's byte order.
    package init(ipv4: UInt32) { bits = Self.mapped | UInt128(ipv4) }

    /// - Parameter bytes: 4 of IPv4 or 16 of IPv6, in network byte order.
    package init?(networkBytes bytes: some Collection<UInt8>) {
        let number = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        switch bytes.count {
        case 4: bits = Self.mapped | number
        case 16: bits = number
        default: return nil
        }
    }

    /// Whether it is one of IPv4.
    package var isIPv4: Bool { bits >> 32 == Self.mapped >> 32 }

    /// What its holder is counted by: the address itself with IPv4, and with IPv6 the /64 that it is in. A host can
    /// take any address of its /64 (RFC 4291 §2.5.1, RFC 8981).
    package var key: ClientAddress { isIPv4 ? self : ClientAddress(bits: (bits >> 64) << 64) }

    private static let mapped = UInt128(0xffff) << 32
}

// MARK: - From text

extension ClientAddress {
    /// - Parameter text: nothing but the address: four decimal numbers without leading zeros, which some read as octal
    ///   (RFC 6943 §3.1.1), or IPv6 in any of RFC 4291's forms (§2.2), without a zone.
    package init?(_ text: Substring.UTF8View) {
        guard text.count <= Self.longestText else { return nil }
        if let address = Self.ipv4(text) {
            self.init(ipv4: address)
        } else if let bits = Self.ipv6(text) {
            self.init(bits: bits)
        } else {
            return nil
        }
    }

    /// RFC 4291 §2.2's longest form: six groups and an IPv4 address.
    private static let longestText = 45

    private static func ipv4(_ text: Substring.UTF8View) -> UInt32? {
        var address: UInt32 = 0
        var rest: Substring.UTF8View? = text
        for _ in 0..<4 {
            guard let (octet, behind) = rest?.cut(at: UInt8(ascii: ".")), let value = Self.octet(octet) else {
                return nil
            }
            address = address << 8 | UInt32(value)
            rest = behind
        }
        return rest == nil ? address : nil
    }

    private static func octet(_ text: Substring.UTF8View) -> UInt8? {
        guard (1...3).contains(text.count), text.allSatisfy(ASCII.isDigit) else { return nil }
        guard text.count == 1 || text.first != UInt8(ascii: "0") else { return nil }
        return UInt8(exactly: text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }

    private static func ipv6(_ text: Substring.UTF8View) -> UInt128? {
        let colon = UInt8(ascii: ":")
        var (groups, gap, rest) = ([UInt16](), Int?.none, text)
        if rest.starts(with: [colon, colon]) { (gap, rest) = (0, rest.dropFirst(2)) }
        while !rest.isEmpty {
            let (group, behind) = rest.cut(at: colon)
            if behind == nil, let address = ipv4(group) {
                groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
                break
            }
            guard let value = Self.group(group), groups.count < 8 else { return nil }
            groups.append(value)
            guard let behind else { break }
            rest = behind
            if rest.first == colon, gap == nil {
                (gap, rest) = (groups.count, rest.dropFirst())
            } else if rest.isEmpty {
                return nil
            }
        }
        return number(groups, gap: gap)
    }

    private static func group(_ text: Substring.UTF8View) -> UInt16? {
        guard (1...4).contains(text.count) else { return nil }
        var value: UInt16 = 0
        for byte in text {
            guard let digit = ASCII.hexDigit(byte) else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    /// - Parameter gap: where `::` stands, for at least one group.
    private static func number(_ groups: [UInt16], gap: Int?) -> UInt128? {
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        var all = groups
        if let gap { all.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap) }
        return all.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    }
}

// MARK: - As text

extension ClientAddress: CustomStringConvertible {
    /// RFC 5952's one form of it.
    package var description: String {
        if isIPv4 { return decimal }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
        let words = groups.map { String($0, radix: 16) }
        guard let gap = Self.longestGap(groups) else { return words.joined(separator: ":") }
        return words[..<gap.lowerBound].joined(separator: ":") + "::" + words[gap.upperBound...].joined(separator: ":")
    }

    /// Four numbers with dots between them. A string has room for these 15 bytes without memory of its own.
    private var decimal: String {
        String(unsafeUninitializedCapacity: 15) { text in
            var count = 0
            func append(_ byte: UInt8) {
                text[count] = byte
                count += 1
            }
            for shift: UInt32 in [24, 16, 8, 0] {
                let octet = UInt8(truncatingIfNeeded: UInt32(truncatingIfNeeded: bits) >> shift)
                if octet > 99 { append(UInt8(ascii: "0") + octet / 100) }
                if octet > 9 { append(UInt8(ascii: "0") + octet / 10 % 10) }
                append(UInt8(ascii: "0") + octet % 10)
                if shift > 0 { append(UInt8(ascii: ".")) }
            }
            return count
        }
    }

    /// The longest run of zeros, and of several the first; one zero alone is none (RFC 5952 §4.2).
    private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
        var (longest, start) = (0..<1, 0)
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<index + 1
            }
        }
        return longest.count > 1 ? longest : nil
    }
}
