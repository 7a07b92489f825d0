// The host that a request is for: `Host`, `:authority` or the target's authority, byte by byte (RFC 9110 §7.2, RFC 3986
// §3.2.2). Whether that is this gateway is a matter of certificates.

internal import PeerText

/// A host, and a port if one is given.
struct Authority {
    private let host: Substring.UTF8View
    private let port: UInt16?

    /// Nil when the text is no `uri-host [ ":" port ]`. That excludes an empty host, which no `https` URI has (RFC 9110
    /// §4.2.2), a user before the host (§4.2.4), and an address of a form that nobody has defined (RFC 3986 §3.2.2,
    /// IPvFuture).
    init?(_ text: Substring.UTF8View) {
        let isLiteral = text.first == UInt8(ascii: "[")
        let end = isLiteral ? text.firstIndex(of: UInt8(ascii: "]")).map(text.index(after:)) : nil
        let name = isLiteral ? text[..<(end ?? text.startIndex)] : text.cut(at: UInt8(ascii: ":")).before
        let isHost = isLiteral ? IPv6Text.isValid(name.dropFirst().dropLast()) : Self.isRegisteredName(name)
        // After the host comes nothing, or a colon with any number of digits, even none.
        let (rest, digits) = (text[name.endIndex...], text[name.endIndex...].dropFirst())
        guard isHost, rest.first ?? UInt8(ascii: ":") == UInt8(ascii: ":"), digits.allSatisfy(ASCII.isDigit) else {
            return nil
        }
        host = name
        port = UInt16(Substring(digits))
        guard port != nil || digits.isEmpty else { return nil }
    }

    init?(_ text: String) { self.init(text.bytes) }

    /// Whether both mean the same. The host is compared in any case; without a port it is the scheme's (RFC 9110
    /// §4.2.3).
    func isSame(as other: Authority, scheme: String) -> Bool {
        let usual: UInt16? =
            scheme.equalsIgnoringCase("https") ? 443 : scheme.equalsIgnoringCase("http") ? 80 : nil
        return host.equalsIgnoringCase(other.host) && (port ?? usual) == (other.port ?? usual)
    }

    /// `*( unreserved / pct-encoded / sub-delims )`, and at least one of them.
    private static func isRegisteredName(_ name: Substring.UTF8View) -> Bool {
        var rest = name
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst(), let low = rest.popFirst(), ASCII.hexDigit(high) != nil,
                    ASCII.hexDigit(low) != nil
                else { return false }
            } else {
                guard ASCII.isLetter(byte) || ASCII.isDigit(byte) || marks.contains(byte) else { return false }
            }
        }
        return !name.isEmpty
    }

    private static let marks = Array("-._~!$&'()*+,;=".utf8)
}

/// `IPv6address` of RFC 3986 §3.2.2. A zone is no part of it, because it means something on the client's machine only.
enum IPv6Text {
    static func isValid(_ text: Substring.UTF8View) -> Bool {
        guard let gap = gap(in: text) else { return groups(text[...], mayEndInIPv4: true) == 8 }
        let (left, right) = (text[..<gap], text[text.index(gap, offsetBy: 2)...])
        guard let before = groups(left, mayEndInIPv4: false), let behind = groups(right, mayEndInIPv4: true) else {
            return false
        }
        // `::` stands for at least one group.
        return before + behind <= 7
    }

    /// Where `::` begins.
    private static func gap(in text: Substring.UTF8View) -> Substring.UTF8View.Index? {
        let colon = UInt8(ascii: ":")
        return zip(text.indices, text.indices.dropFirst()).first { text[$0] == colon && text[$1] == colon }?.0
    }

    /// How many groups of 16 bits there are; nothing when one is none.
    private static func groups(_ text: Substring.UTF8View, mayEndInIPv4: Bool) -> Int? {
        guard !text.isEmpty else { return 0 }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        if mayEndInIPv4, let last = parts.last, isIPv4(last) {
            return parts.dropLast().allSatisfy(isGroup) ? parts.count + 1 : nil
        }
        return parts.allSatisfy(isGroup) ? parts.count : nil
    }

    private static func isGroup(_ text: Substring.UTF8View) -> Bool {
        (1...4).contains(text.count) && text.allSatisfy { ASCII.hexDigit($0) != nil }
    }

    private static func isIPv4(_ text: Substring.UTF8View) -> Bool {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.count), part.allSatisfy(ASCII.isDigit) else { return false }
                return UInt8(Substring(part)) != nil && (part.count == 1 || part.first != UInt8(ascii: "0"))
            }
    }
}
