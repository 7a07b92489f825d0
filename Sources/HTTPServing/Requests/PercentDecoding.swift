// What percent-encoded text of a request target stands for (RFC 3986 §2.1), in bytes: they need not be UTF-8.

internal import PeerText

extension Substring.UTF8View {
    /// Percent-decodes.
    ///
    /// - Parameter plus: what `+` stands for: itself (RFC 3986 §2.2), or a space in a query that `URLSearchParams`
    ///   wrote (WHATWG URL §5.1).
    /// - Returns: nothing when there is a `%` that no two hex digits follow.
    package func percentDecoded(plus: UInt8 = UInt8(ascii: "+")) -> [UInt8]? {
        var (bytes, rest): ([UInt8], Substring.UTF8View) = ([], self)
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(plus)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(ASCII.hexDigit),
                    let low = rest.popFirst().flatMap(ASCII.hexDigit)
                else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return bytes
    }
}
