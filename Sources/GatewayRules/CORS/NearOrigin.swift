// The allowed origin that a refused one was probably meant to be. It is for the words of a refusal, and lets nobody in.

/// A refused origin that differs from an allowed one by no more than its scheme, its port, or its name of this machine.
///
/// Only such a pair is named, so that the refusal says no more of the list than that the page's own host is on it.
package struct NearOrigin: Sendable, Hashable {
    /// What the browser sent. It has an origin's characters and length, so it fits into any log line.
    package let refused: String
    /// What is on the list.
    package let allowed: String

    /// - Parameters:
    ///   - text: the refused `Origin`.
    ///   - list: the allowed ones.
    init?(_ text: String, in list: [Origin]) {
        guard let asked = Parts(text) else { return nil }
        let near = list.compactMap { origin in
            Parts(origin.serialization)?.distance(to: asked).map { (origin: origin, distance: $0) }
        }
        guard let best = near.min(by: { $0.distance < $1.distance }) else { return nil }
        (refused, allowed) = (text, best.origin.serialization)
    }
}

/// What an origin is made of (RFC 6454 §6.2), split by bytes: the text is a peer's.
private struct Parts {
    private typealias Bytes = ArraySlice<UInt8>

    private let scheme: Bytes
    private let host: Bytes
    private let port: Bytes

    /// A host name has 253 bytes at most (RFC 1035 §2.3.4); scheme and port come to it.
    private static let longest = 270

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.longest,
            let scheme = Self.schemes.first(where: { bytes.starts(with: $0 + Array("://".utf8)) })
        else { return nil }
        let rest = bytes.dropFirst(scheme.count + 3)
        let nameEnd = rest.first == UInt8(ascii: "[") ? rest.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } : nil
        let end = nameEnd ?? rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
        (self.scheme, host) = (scheme[...], rest[..<end])
        let tail = rest[end...]
        port = tail.dropFirst()
        guard !host.isEmpty, host.allSatisfy(Self.hostBytes.contains),
            tail.first.map({ $0 == UInt8(ascii: ":") }) ?? true,
            port.count <= 5, port.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            tail.isEmpty == port.isEmpty
        else { return nil }
    }

    private static let schemes = [Array("https".utf8), Array("http".utf8)]
    private static let hostBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789-._:[]".utf8)
    private static let loopback = ["localhost", "127.0.0.1", "[::1]"].map { Array($0.utf8)[...] }

    /// How many parts differ; nothing for another host.
    func distance(to other: Parts) -> Int? {
        let isSameMachine = Self.loopback.contains(host) && Self.loopback.contains(other.host)
        guard host == other.host || isSameMachine else { return nil }
        return (host == other.host ? 0 : 1) + (scheme == other.scheme ? 0 : 1) + (port == other.port ? 0 : 1)
    }
}
