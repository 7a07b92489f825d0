// Where a server is: from the operator's URL, or from what another server of the cluster says.

internal import NIOCore
internal import PeerText

/// Host and port of a server, and whether it has to do TLS.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A DNS name in lower case, or an IP address, an IPv6 address without its brackets.
    package let host: String
    package let port: Int
    /// Whether nothing is said to it without TLS, whatever it says of itself.
    package internal(set) var needsTLS: Bool
    /// The name that its certificate has to be for.
    var certificateName: String

    /// The port that NATS's servers take clients at.
    package static let usualPort = 4222
    private static let longest = 300

    /// Reads a URL.
    ///
    /// - Parameter text: `nats://host:port`, or with `tls` or `nats+tls` as its scheme; the port may be missing, and so
    ///   may the scheme, for which `nats` stands then.
    /// - Throws: ``NATSError`` with code `addressInvalid`, which says what is wrong.
    package init(_ text: String) throws(NATSError) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .address("it has a space, a control character or a letter beyond ASCII, or is too long")
        }
        let (needsTLS, rest) = try Self.takeScheme(text.bytes)
        let (authority, path) = rest.cut(at: UInt8(ascii: "/"))
        guard path?.isEmpty ?? true else { throw .address("leave out what is behind the port") }
        guard !authority.contains(UInt8(ascii: "@")) else {
            throw .address("leave out the user: credentials have settings of their own, which no log shows")
        }
        (host, port) = try Self.hostAndPort(authority)
        self.needsTLS = needsTLS
        certificateName = host
    }

    private static func takeScheme(
        _ text: Substring.UTF8View
    ) throws(NATSError) -> (needsTLS: Bool, rest: Substring.UTF8View) {
        let (scheme, behind) = text.cut(at: UInt8(ascii: ":"))
        guard let behind, behind.starts(with: "//".utf8) else { return (false, text) }
        let rest = behind.dropFirst(2)
        if scheme.equalsIgnoringCase("nats") { return (false, rest) }
        if scheme.equalsIgnoringCase("tls") || scheme.equalsIgnoringCase("nats+tls") { return (true, rest) }
        throw .address("the scheme must be nats, tls or nats+tls")
    }

    private static func hostAndPort(_ text: Substring.UTF8View) throws(NATSError) -> (String, Int) {
        if text.first == UInt8(ascii: "[") {
            let (inside, behind) = text.dropFirst().cut(at: UInt8(ascii: "]"))
            let address = String(decoding: inside, as: UTF8.self)
            guard let behind, inside.contains(UInt8(ascii: ":")), isAddress(address) else {
                throw .address("there is no IPv6 address in the brackets")
            }
            return (address, try port(behind))
        }
        let (name, behind) = text.cut(at: UInt8(ascii: ":"))
        let isName = name.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._".utf8.contains($0) }
        guard isName, (1...253).contains(name.count) else {
            throw .address("the host must be a DNS name or an IP address")
        }
        let lower = name.map { ASCII.isLetter($0) ? $0 | 0x20 : $0 }
        return (
            String(decoding: lower, as: UTF8.self), try port(behind.map { text[text.index(before: $0.startIndex)...] })
        )
    }

    /// - Parameter text: a colon and digits, or nothing.
    private static func port(_ text: Substring.UTF8View?) throws(NATSError) -> Int {
        guard let text, !text.isEmpty else { return usualPort }
        let digits = text.dropFirst()
        guard text.first == UInt8(ascii: ":"), (1...5).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else {
            throw .address("the port must be a number from 1 to 65535")
        }
        let port = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (1...65535).contains(port) else { throw .address("the port must be a number from 1 to 65535") }
        return port
    }

    private static func isAddress(_ text: String) -> Bool { (try? SocketAddress(ipAddress: text, port: 0)) != nil }

    /// Whether the host is an IP address.
    var isNumeric: Bool { Self.isAddress(host) }

    /// Whether both are the same place, whatever is known of their certificates.
    func isSamePlace(as other: ServerAddress) -> Bool { host == other.host && port == other.port }

    /// Host and port.
    package var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension NATSError {
    fileprivate static func address(_ reason: String) -> NATSError {
        NATSError(.addressInvalid, "a server's URL can't be used: \(reason)")
    }
}
