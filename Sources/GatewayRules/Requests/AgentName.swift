// What a client calls itself (`User-Agent`, RFC 9110 §10.1.5), for an administrator's eyes. It decides nothing.

internal import HTTPTypes

/// A client's name for itself, so that it can be shown anywhere and costs little.
enum AgentName {
    /// How many bytes of it are kept.
    static let longest = 128

    /// The name as printable ASCII, any other byte as `?`; nothing when the client says none.
    static func shown(_ fields: HTTPFields) -> String? {
        guard let text = fields[.userAgent], !text.isEmpty else { return nil }
        let bytes = text.utf8.prefix(longest).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
