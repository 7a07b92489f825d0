// Whom a proxy asks for, as it says in `Forwarded` (RFC 7239) or `X-Forwarded-For`. Only what proxies that are trusted
// have written counts: a client can send either field itself.

internal import HTTPServing
internal import HTTPTypes
package import PeerText

/// Which proxies are believed, and which field they write.
package struct ForwardedRule: Sendable, Equatable {
    /// The field that the proxies write. A proxy passes the other one on as the client wrote it.
    package enum Field: String, Sendable, CaseIterable {
        case xForwardedFor = "x-forwarded-for"
        case forwarded
    }

    private let field: Field
    private let proxies: [Network]

    package init(_ field: Field, from proxies: [Network]) { (self.field, self.proxies) = (field, proxies) }

    /// The client that a request was forwarded for: the right-most address that is no trusted proxy's, because whatever
    /// stands left of it is its own word. Where a proxy keeps the next address to itself (`unknown`, `_name`, RFC 7239
    /// §6), it is the last that is known; where all are trusted, the left-most.
    ///
    /// - Parameter connectedFrom: where the request's connection comes from.
    /// - Returns: nothing when that is no trusted proxy, or it says nothing.
    func client(of fields: HTTPFields, connectedFrom: ClientAddress?) -> ClientAddress? {
        guard proxies.contain(connectedFrom) else { return nil }
        var client: ClientAddress?
        for line in fields[values: name].reversed() {
            var rest: Substring.UTF8View? = line.bytes
            while let list = rest {
                let element: Substring.UTF8View
                (rest, element) = cutLast(list)
                // RFC 9110 §5.6.1.2: an empty element is none.
                if element.isEmpty { continue }
                guard let address = address(in: element) else { return client }
                client = address
                guard proxies.contain(address) else { return client }
            }
        }
        return client
    }

    private var name: HTTPField.Name { field == .forwarded ? Self.forwarded : Self.xForwardedFor }
    // Both are tokens (RFC 9110 §5.6.2), which is all that a name has to be.
    private static let forwarded = HTTPField.Name("Forwarded") ?? .via
    private static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via

    private func address(in element: Substring.UTF8View) -> ClientAddress? {
        field == .forwarded ? ForwardedElement(element)?.client : ForwardedElement.address(ofNode: element)
    }

    /// Cuts a list at its last comma, from behind: what the client wrote stands in front, and a quote that it left open
    /// must not swallow what a proxy has added.
    private func cutLast(_ list: Substring.UTF8View) -> (Substring.UTF8View?, Substring.UTF8View) {
        var isQuoted = false
        for index in list.indices.reversed() {
            switch list[index] {
            case UInt8(ascii: "\"") where field == .forwarded && !isEscaped(index, in: list): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                return (list[..<index], list[list.index(after: index)...].trimmed)
            default: break
            }
        }
        return (nil, list.trimmed)
    }

    private func isEscaped(_ index: Substring.UTF8View.Index, in list: Substring.UTF8View) -> Bool {
        !list[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
    }
}

/// One proxy's word in `Forwarded` (RFC 7239 §4): `for="[2001:db8::1]:4711";proto=https`.
struct ForwardedElement {
    /// The value of `for` without quotes; nothing where it is not said.
    private var node: String?

    /// - Returns: nil for what is no such element.
    init?(_ text: Substring.UTF8View) {
        var rest = text
        while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let name = rest[..<equals].trimmed
            guard let (value, behind) = Self.value(rest[rest.index(after: equals)...]) else { return nil }
            if name.equalsIgnoringCase("for") {
                // Twice is wrong (§4), and which one counts would be a guess.
                guard node == nil else { return nil }
                node = value
            }
            rest = behind.trimmed
            guard let separator = rest.first else { return }
            guard separator == UInt8(ascii: ";") else { return nil }
            rest = rest.dropFirst()
        }
        guard rest.trimmed.isEmpty else { return nil }
    }

    /// The address, unless the proxy does not say it.
    var client: ClientAddress? { node.flatMap { Self.address(ofNode: $0.bytes) } }

    /// A token or a quoted string (RFC 9110 §5.6.2, §5.6.4), and what stands behind it.
    private static func value(_ text: Substring.UTF8View) -> (String, Substring.UTF8View)? {
        guard text.first == UInt8(ascii: "\"") else {
            let token = text.prefix { $0 != UInt8(ascii: ";") && !ASCII.isSpace($0) }
            return (String(Substring(token)), text[token.endIndex...])
        }
        var (bytes, index) = ([UInt8](), text.index(after: text.startIndex))
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "\"") {
                return (String(decoding: bytes, as: UTF8.self), text[text.index(after: index)...])
            }
            if text[index] == UInt8(ascii: "\\") { index = text.index(after: index) }
            guard index < text.endIndex else { return nil }
            bytes.append(text[index])
            index = text.index(after: index)
        }
        return nil
    }

    /// The address of a node (RFC 7239 §6): with a port or without, IPv6 in brackets. `X-Forwarded-For`, which has no
    /// standard, also has IPv6 without.
    static func address(ofNode node: Substring.UTF8View) -> ClientAddress? {
        if let address = ClientAddress(node) { return address }
        guard node.first == UInt8(ascii: "[") else {
            let (address, port) = node.cut(at: UInt8(ascii: ":"))
            return port.flatMap { isPort($0) ? ClientAddress(address) : nil }
        }
        let (address, behind) = node.dropFirst().cut(at: UInt8(ascii: "]"))
        guard let behind, behind.isEmpty || behind.first == UInt8(ascii: ":") && isPort(behind.dropFirst()) else {
            return nil
        }
        return ClientAddress(address)
    }

    /// Digits, or a name that the proxy made up (RFC 7239 §6: obfport).
    private static func isPort(_ text: Substring.UTF8View) -> Bool {
        guard text.first == UInt8(ascii: "_") else {
            return (1...5).contains(text.count) && text.allSatisfy(ASCII.isDigit)
        }
        let others = Array("._-".utf8)
        return text.count > 1
            && text.dropFirst().allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || others.contains($0) }
    }
}
