internal import NIOCore
internal import PlainWords

/// Where a gateway is: an `https` URL (RFC 3986 §3, RFC 9110 §4.2.2) with host, port and an optional path prefix.
/// A server that a gateway is compared with may be at an `http` one.
///
/// Small on purpose: no user information, query or fragment, because each of them would be silently lost or, worse,
/// sent.
package struct GatewayURL: Sendable, Hashable, CustomStringConvertible {
    /// Whether it is behind TLS.
    package enum Scheme: String, Sendable {
        case https, http

        var defaultPort: Int { self == .https ? 443 : 80 }
    }

    /// Whether it is behind TLS; a gateway always is.
    package let scheme: Scheme
    /// A DNS name or an IP address, an IPv6 address without its brackets.
    package let host: String
    /// The TCP port; the scheme's when the URL names none.
    package let port: Int
    /// The prefix of the gateway's own paths: empty, or `/…` without a slash at its end.
    let pathPrefix: String

    /// Reads a URL.
    ///
    /// - Parameter text: for instance `https://localhost:8443` or `https://[::1]:8443/events`.
    /// - Throws: `GatewayClientError` with code `invalidArgument`, whose message names the part that is wrong.
    package init(_ text: String) throws(GatewayClientError) {
        try self.init(text, scheme: .https)
    }

    /// Reads a URL of a server that is not a gateway.
    ///
    /// - Parameters:
    ///   - text: for instance `http://localhost:8080`.
    ///   - scheme: what it must begin with.
    package init(_ text: String, scheme: Scheme) throws(GatewayClientError) {
        let rest = try Self.afterScheme(text, scheme)
        self.scheme = scheme
        let slash = rest.firstIndex(where: { "/?#".contains($0) }) ?? rest.endIndex
        var authority = AuthorityText(rest[..<slash])
        host = try authority.readHost(of: text)
        port = try authority.readPort(of: text) ?? scheme.defaultPort
        pathPrefix = try Self.prefix(rest[slash...], of: text)
    }

    /// Host and port as they stand in a URL and in the `Host` header field; the scheme's port is left out.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }

    /// The URL in its normal form.
    package var description: String { "\(scheme.rawValue)://\(authority)\(pathPrefix)" }

    /// The request target (RFC 9112 §3.2.1) of one of the gateway's paths.
    ///
    /// - Parameters:
    ///   - path: a path of the gateway, with its slash.
    ///   - query: names and values, percent-encoded here.
    /// - Returns: prefix, path and query.
    package func target(_ path: String, query: [(name: String, value: String)] = []) -> String {
        let pairs = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        let separator = pairs.isEmpty ? "" : "?"
        return "\(pathPrefix)\(path)\(separator)\(pairs.joined(separator: "&"))"
    }

    private static func afterScheme(_ text: String, _ scheme: Scheme) throws(GatewayClientError) -> Substring {
        let beginning = scheme.rawValue + "://"
        guard text.lowercased().hasPrefix(beginning) else {
            let reason = scheme == .https ? " (the gateway speaks TLS only)" : ""
            throw invalid(text, "it must begin with \(beginning)\(reason)")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw invalid(text, "it holds a space, a control character or a letter beyond ASCII: encode it")
        }
        return text.dropFirst(beginning.count)
    }

    private static func prefix(_ path: Substring, of text: String) throws(GatewayClientError) -> String {
        guard !path.contains(where: { "?#".contains($0) }) else {
            throw invalid(text, "leave out the query and the fragment")
        }
        return String(path.reversed().drop { $0 == "/" }.reversed())
    }

    fileprivate static func invalid(_ text: String, _ reason: String) -> GatewayClientError {
        GatewayClientError(code: .invalidArgument, message: "the URL \(QuotedValue(text)) cannot be used: \(reason)")
    }
}

/// The part of a URL between `//` and the path, read from left to right.
private struct AuthorityText {
    private var rest: Substring

    init(_ rest: Substring) {
        self.rest = rest
    }

    mutating func readHost(of url: String) throws(GatewayClientError) -> String {
        guard !rest.contains("@") else {
            throw GatewayURL.invalid(url, "leave out the user name; the token is the credential")
        }
        return rest.first == "[" ? try readIPv6(of: url) : try readName(of: url)
    }

    /// `nil` when there is none.
    mutating func readPort(of url: String) throws(GatewayClientError) -> Int? {
        guard !rest.isEmpty else { return nil }
        let digits = rest.dropFirst()
        guard rest.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (1...65535).contains(port)
        else { throw GatewayURL.invalid(url, "the port must be a number from 1 to 65535") }
        return port
    }

    private mutating func readIPv6(of url: String) throws(GatewayClientError) -> String {
        guard let end = rest.firstIndex(of: "]") else {
            throw GatewayURL.invalid(url, "the IPv6 address lacks its closing bracket")
        }
        let address = String(rest[rest.index(after: rest.startIndex)..<end])
        guard address.contains(":"), (try? SocketAddress(ipAddress: address, port: 0)) != nil else {
            throw GatewayURL.invalid(url, "there is no IPv6 address in the brackets")
        }
        rest = rest[rest.index(after: end)...]
        return address
    }

    private mutating func readName(of url: String) throws(GatewayClientError) -> String {
        let end = rest.firstIndex(of: ":") ?? rest.endIndex
        let name = rest[..<end]
        let isName = name.utf8.allSatisfy { PercentEncoding.isUnreserved($0) && $0 != UInt8(ascii: "~") }
        guard !name.isEmpty, name.utf8.count <= 253, isName else {
            throw GatewayURL.invalid(url, "the host must be a DNS name, an IPv4 address or an IPv6 address in brackets")
        }
        rest = rest[end...]
        return name.lowercased()
    }
}
