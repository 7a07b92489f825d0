// Where a NATS server answers questions about itself: an `http` or `https` URL that the operator wrote.

internal import NIOCore
internal import PeerText

/// A monitoring address, as `http://127.0.0.1:8222`.
package struct MonitorURL: Sendable, Hashable, CustomStringConvertible {
    package let isSecure: Bool
    /// A DNS name in lower case, or an IP address, an IPv6 address without its brackets.
    package let host: String
    package let port: Int
    /// What stands before `/varz` (`http_base_path`), without a slash at its end.
    let base: String

    /// The port of nats-server's documentation.
    package static let usualPort = 8222
    private static let longest = 300

    /// - Throws: ``MonitorURLError``, which names the part that is wrong.
    package init(_ text: String) throws(MonitorURLError) {
        guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw MonitorURLError("it has a space, a control character or a letter beyond ASCII, or is too long")
        }
        let (scheme, behind) = text.bytes.cut(at: UInt8(ascii: ":"))
        guard let behind, behind.starts(with: "//".utf8),
            scheme.equalsIgnoringCase("http") || scheme.equalsIgnoringCase("https")
        else { throw MonitorURLError("write it as http://host:8222, or with https") }
        isSecure = scheme.equalsIgnoringCase("https")
        let (authority, path) = behind.dropFirst(2).cut(at: UInt8(ascii: "/"))
        (host, port) = try Self.hostAndPort(authority)
        base = try Self.base(path)
    }

    private static func hostAndPort(_ text: Substring.UTF8View) throws(MonitorURLError) -> (String, Int) {
        guard !text.contains(UInt8(ascii: "@")) else { throw MonitorURLError("leave out the user name") }
        if text.first == UInt8(ascii: "[") {
            let (inside, behind) = text.dropFirst().cut(at: UInt8(ascii: "]"))
            let address = String(decoding: inside, as: UTF8.self)
            guard let behind, (try? SocketAddress(ipAddress: address, port: 0)) != nil else {
                throw MonitorURLError("there is no IPv6 address in the brackets")
            }
            return (address, try port(behind))
        }
        let name = text.prefix { $0 != UInt8(ascii: ":") }
        let isName = name.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "-._".utf8.contains($0) }
        guard isName, (1...253).contains(name.count) else {
            throw MonitorURLError("the host must be a DNS name or an IP address")
        }
        let lower = name.map { ASCII.isLetter($0) ? $0 | 0x20 : $0 }
        return (String(decoding: lower, as: UTF8.self), try port(text[name.endIndex...]))
    }

    /// - Parameter text: a colon and digits, or nothing.
    private static func port(_ text: Substring.UTF8View) throws(MonitorURLError) -> Int {
        guard !text.isEmpty else { return usualPort }
        let digits = text.dropFirst()
        guard text.first == UInt8(ascii: ":"), (1...5).contains(digits.count), digits.allSatisfy(ASCII.isDigit),
            let port = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(port)
        else { throw MonitorURLError("the port must be a number from 1 to 65535") }
        return port
    }

    private static func base(_ path: Substring.UTF8View?) throws(MonitorURLError) -> String {
        guard let path, !path.isEmpty else { return "" }
        guard !path.contains(UInt8(ascii: "?")), !path.contains(UInt8(ascii: "#")) else {
            throw MonitorURLError("leave out what is behind the path")
        }
        let isFolder = path.last == UInt8(ascii: "/")
        return "/" + String(decoding: isFolder ? path.dropLast() : path, as: UTF8.self)
    }

    /// Host and port, as they stand in the `Host` field.
    var authority: String { "\(host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host):\(port)" }

    /// The URL in its normal form.
    package var description: String { "http\(isSecure ? "s" : "")://\(authority)\(base)" }
}

/// Why a text is no monitoring URL.
package struct MonitorURLError: Error, Sendable, Equatable {
    /// The part that is wrong, in words.
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
