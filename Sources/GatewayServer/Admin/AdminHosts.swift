// The names that the admin listener answers to. A page can have its own host name resolve to 127.0.0.1 (DNS rebinding),
// to read the metrics as its own. It can't send another name than its own in `Host`.

internal import NIOCore

/// The names in `Host` that the admin listener accepts.
struct AdminHosts: Sendable {
    private let names: Set<[UInt8]>

    /// - Parameter names: names to accept besides `localhost` and IP addresses, which can't be a page's own name.
    init(_ names: [String]) {
        self.names = Set((["localhost"] + names).map { Self.lowerCase(Array($0.utf8)) })
    }

    /// Whether to answer a request for this authority. A request without one is from no page: browsers always send it.
    func take(_ authority: String?) -> Bool {
        guard let authority else { return true }
        let host = Self.host(Array(authority.utf8))
        return names.contains(Self.lowerCase(host)) || Self.isAddress(host)
    }

    /// Without the port, and an address of version 6 without its brackets (RFC 3986 §3.2.2).
    private static func host(_ authority: [UInt8]) -> [UInt8] {
        if authority.first == UInt8(ascii: "["), let end = authority.firstIndex(of: UInt8(ascii: "]")) {
            return Array(authority[1..<end])
        }
        let host = authority.prefix { $0 != UInt8(ascii: ":") }
        // A name may be written with the root's dot (RFC 1034 §3.1).
        return Array(host.last == UInt8(ascii: ".") ? host.dropLast() : host)
    }

    private static func isAddress(_ host: [UInt8]) -> Bool {
        (try? SocketAddress(ipAddress: String(decoding: host, as: UTF8.self), port: 0)) != nil
    }

    private static func lowerCase(_ text: [UInt8]) -> [UInt8] {
        text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
}
