// Where keys are fetched from: an `https` URL (RFC 3986 §3, RFC 9110 §4.2.2) that the operator wrote, or that a
// document of the configured issuer names. Never one from a token.

internal import NIOCore
internal import PlainWords

/// An `https` URL with host, port and target. There is no `http` one: whoever can change the keys on their way lets
/// himself in.
package struct SecureURL: Sendable, Hashable, CustomStringConvertible {
    /// A DNS name in lower case, or an IP address, an IPv6 address without its brackets.
    package let host: String
    /// The TCP port; 443 when the URL names none.
    package let port: Int
    /// Path and query, as they go into the request (RFC 9112 §3.2.1).
    package let target: String

    /// Longer ones are no address of a key set.
    private static let longest = 2048

    /// - Parameter text: for instance `https://id.example/realms/main/protocol/openid-connect/certs`.
    /// - Throws: ``SecureURLError``, which names the part that is wrong.
    package init(_ text: String) throws(SecureURLError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), text.utf8.count <= Self.longest else {
            throw SecureURLError("it holds a space, a control character or a letter beyond ASCII, or is too long")
        }
        guard text.lowercased().hasPrefix("https://") else {
            throw SecureURLError("it must begin with https://: keys from elsewhere could be anybody's")
        }
        let rest = text.dropFirst("https://".count)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        (host, port) = try Self.authority(rest[..<end])
        target = try Self.target(rest[end...])
    }

    private init(host: String, port: Int, target: String) {
        (self.host, self.port, self.target) = (host, port, target)
    }

    /// Where a redirect leads to (RFC 9110 §10.2.2): an absolute URL, or a path on the same host.
    ///
    /// - Parameter location: the field's value.
    func following(_ location: String) throws(SecureURLError) -> SecureURL {
        guard location.utf8.starts(with: "/".utf8), !location.utf8.starts(with: "//".utf8) else {
            return try SecureURL(location)
        }
        return try SecureURL("https://\(authority)\(location)")
    }

    /// The URL with a path behind its own, without the query.
    package func appending(_ path: String) -> SecureURL {
        let own = target.prefix { $0 != "?" }
        return SecureURL(host: host, port: port, target: (own.last == "/" ? own.dropLast() : own) + path)
    }

    /// Whether both are served by the same host (RFC 6454 §4, with one scheme).
    func isSameOrigin(as other: SecureURL) -> Bool { host == other.host && port == other.port }

    /// Host and port as they stand in the `Host` field; 443 is left out.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == 443 ? name : "\(name):\(port)"
    }

    /// The URL in its normal form.
    package var description: String { "https://\(authority)\(target)" }

    private static func authority(_ text: Substring) throws(SecureURLError) -> (host: String, port: Int) {
        guard !text.contains("@") else { throw SecureURLError("leave out the user name") }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw SecureURLError("the IPv6 address has no end") }
            let address = String(text[text.index(after: text.startIndex)..<end])
            guard address.contains(":"), (try? SocketAddress(ipAddress: address, port: 0)) != nil else {
                throw SecureURLError("there is no IPv6 address in the brackets")
            }
            return (address.lowercased(), try port(text[text.index(after: end)...]))
        }
        let end = text.firstIndex(of: ":") ?? text.endIndex
        guard isHostName(text[..<end]) else { throw SecureURLError("the host must be a DNS name or an IP address") }
        return (text[..<end].lowercased(), try port(text[end...]))
    }

    private static func isHostName(_ name: Substring) -> Bool {
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._".utf8.contains(byte)
        }
        return isName && (1...253).contains(name.utf8.count)
    }

    private static func port(_ text: Substring) throws(SecureURLError) -> Int {
        guard !text.isEmpty else { return 443 }
        let digits = text.dropFirst()
        guard text.first == ":", (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (1...65535).contains(port)
        else { throw SecureURLError("the port must be a number from 1 to 65535") }
        return port
    }

    private static func target(_ text: Substring) throws(SecureURLError) -> String {
        guard !text.contains("#") else { throw SecureURLError("leave out the fragment") }
        return text.first == "/" ? String(text) : "/\(text)"
    }
}

/// Why a text is no URL that keys are fetched from.
package struct SecureURLError: Error, Sendable, Equatable {
    /// The part that is wrong, in words.
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
