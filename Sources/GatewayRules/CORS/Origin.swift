// One web origin that the operator allows, checked. It compares and is written; it decides no request: that is the CORS
// rule's.

/// A web origin in its serialisation: `https://app.example.com`, `https://app.example.com:8443` (RFC 6454 §6.2).
///
/// Browsers send exactly this text in `Origin`, so equality of bytes is the whole comparison. `null` and wildcards are
/// no origins here: with credentials they would open the stream to every page.
package struct Origin: Sendable, Hashable, CustomStringConvertible {
    /// The serialisation, as it stands in `Origin` and `Access-Control-Allow-Origin`.
    package let serialization: String

    /// The serialisation.
    package var description: String { serialization }

    /// Parses what the operator wrote.
    ///
    /// - Parameter text: `scheme://host` or `scheme://host:port`, in lower case, nothing behind it.
    /// - Throws: `OriginError`, which says what to write instead.
    package init(_ text: String) throws(OriginError) {
        try Self.refuseWildcards(text)
        let (scheme, rest) = try Self.splitScheme(text)
        try Self.refuseTail(rest, scheme: scheme)
        try Self.refuseUpperCase(text)
        let (host, port) = try Self.splitPort(rest)
        try Self.check(host: host)
        try Self.check(port: port, scheme: scheme, host: host)
        guard scheme == "https" || Self.loopback.contains(String(host)) else {
            throw OriginError(
                code: .insecure,
                message:
                    "http is allowed for localhost, 127.0.0.1 and [::1] only: anyone on the path could change such "
                    + "a page and read its user's events; serve the page with https")
        }
        serialization = text
    }

    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    private static func refuseWildcards(_ text: String) throws(OriginError) {
        guard !text.isEmpty else {
            throw OriginError(
                code: .malformed, message: "is empty; write it as https://app.example.com, or leave it out")
        }
        guard text != "null" else {
            throw OriginError(
                code: .wildcard, message: "null is the origin of every sandboxed page; name the page's own origin")
        }
        guard !text.contains("*") else {
            throw OriginError(
                code: .wildcard,
                message: "wildcards would let any matching page read its visitor's events; list each origin")
        }
    }

    private static func splitScheme(_ text: String) throws(OriginError) -> (scheme: String, rest: Substring) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw OriginError(code: .malformed, message: "has no scheme; write it as https://app.example.com")
        }
        let scheme = text[..<colon].lowercased()
        guard scheme == "https" || scheme == "http" else {
            throw OriginError(
                code: .malformed, message: "the scheme must be https; write it as https://app.example.com")
        }
        return (scheme, text[text.index(colon, offsetBy: 3)...])
    }

    private static func refuseTail(_ rest: Substring, scheme: String) throws(OriginError) {
        if let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" || $0 == "#" }) {
            throw OriginError(
                code: .malformed,
                message: "an origin ends with its host or port; write \(scheme)://\(rest[..<end].lowercased())")
        }
        guard !rest.contains("@") else {
            throw OriginError(code: .malformed, message: "an origin holds no user name; remove it and the @")
        }
    }

    private static func refuseUpperCase(_ text: String) throws(OriginError) {
        let lower = text.lowercased()
        guard text == lower else {
            throw OriginError(code: .malformed, message: "browsers send origins in lower case; write \(lower)")
        }
    }

    private static func splitPort(_ rest: Substring) throws(OriginError) -> (host: Substring, port: Substring?) {
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else {
                throw OriginError(code: .malformed, message: "the IPv6 address has no closing ]")
            }
            let after = rest[rest.index(after: end)...]
            guard after.isEmpty || after.first == ":" else {
                throw OriginError(code: .malformed, message: "only a port may follow the IPv6 address")
            }
            return (rest[...end], after.isEmpty ? nil : after.dropFirst())
        }
        guard let colon = rest.firstIndex(of: ":") else { return (rest, nil) }
        return (rest[..<colon], rest[rest.index(after: colon)...])
    }

    /// A host in a serialisation is ASCII only, an international name in its `xn--` form (RFC 6454 §4).
    private static func check(host: Substring) throws(OriginError) {
        guard !host.isEmpty else {
            throw OriginError(code: .malformed, message: "has no host; write it as https://app.example.com")
        }
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw OriginError(
                code: .malformed, message: "browsers send international host names in their xn-- form; write that")
        }
        let allowed = host.first == "[" ? addressCharacters : nameCharacters
        guard host.allSatisfy(allowed.contains), host.contains(where: { $0.isLetter || $0.isNumber }) else {
            throw OriginError(
                code: .malformed,
                message: "the host holds a character that no host has; write it as https://app.example.com")
        }
    }

    private static let nameCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789-._")
    private static let addressCharacters = Set("0123456789abcdef:.[]")

    /// A default port is never part of a serialisation (RFC 6454 §6.2), so that one could never match.
    private static func check(port: Substring?, scheme: String, host: Substring) throws(OriginError) {
        guard let port else { return }
        guard let number = UInt16(port), number > 0, String(number) == port else {
            throw OriginError(
                code: .malformed, message: "the port must be a number from 1 to 65535, without leading zeros")
        }
        guard number != (scheme == "https" ? 443 : 80) else {
            throw OriginError(
                code: .malformed,
                message: "browsers leave out the default port \(number); write \(scheme)://\(host)")
        }
    }
}

/// Why a text is no origin that can be allowed.
package struct OriginError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, for decisions.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case malformed, wildcard, insecure
        }

        private let reason: Reason

        /// Not the serialisation of an origin.
        package static let malformed = Code(reason: .malformed)
        /// `*` or `null`: it would stand for more than one origin.
        static let wildcard = Code(reason: .wildcard)
        /// `http` beyond this machine.
        static let insecure = Code(reason: .insecure)

        /// The reason in one word.
        package var description: String { reason.rawValue }
    }

    /// The reason, for decisions.
    package let code: Code
    /// What is wrong and what to write instead.
    package let message: String

    /// The message.
    package var description: String { message }
}
