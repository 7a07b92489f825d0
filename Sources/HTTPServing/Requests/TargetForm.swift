// Turns the four forms of a request target (RFC 9112 §3.2) into the one that the rules know: a path, or `*`.

internal import HTTPTypes
internal import PeerText

/// A request target, with the authority that it names, if it does.
struct TargetForm {
    /// In origin form; `*` for the gateway as a whole.
    let path: String
    /// The authority of an absolute form. It replaces `Host` (RFC 9112 §3.2.2).
    var authority: String?

    /// - Throws: ``Problem`` when the target is in none of the forms that its method has.
    init(_ target: String, method: HTTPRequest.Method) throws(Problem) {
        guard method != .connect else { throw .connectUnsupported }
        if RequestTarget.isOriginForm(target) || (method == .options && target.hasSameBytes(as: "*")) {
            path = target
        } else {
            self = try Self.absolute(target.bytes, method: method)
        }
    }

    private init(path: String, authority: String) {
        (self.path, self.authority) = (path, authority)
    }

    /// `scheme "://" authority path [ "?" query ]`.
    private static func absolute(_ target: Substring.UTF8View, method: HTTPRequest.Method) throws(Problem) -> TargetForm
    {
        let (scheme, rest) = target.cut(at: UInt8(ascii: ":"))
        guard let rest, isScheme(scheme), rest.starts(with: "//".utf8) else { throw RequestTarget.notOriginForm }
        let tail = rest.dropFirst(2)
        let end = tail.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        let (authority, suffix) = (tail[..<(end ?? tail.endIndex)], tail[(end ?? tail.endIndex)...])
        guard Authority(authority) != nil else { throw .hostMalformed }
        let isWhole = suffix.isEmpty && method == .options
        let slash = suffix.first == UInt8(ascii: "/") ? "" : "/"
        let path = isWhole ? "*" : slash + String(Substring(suffix))
        guard isWhole || RequestTarget.isOriginForm(path) else { throw RequestTarget.notOriginForm }
        return TargetForm(path: path, authority: String(Substring(authority)))
    }

    /// RFC 3986 §3.1. Any scheme will do: a proxy that ended TLS may say `http` for a request that came by `https`, and
    /// the scheme decides nothing here.
    static func isScheme(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, ASCII.isLetter(first) else { return false }
        return text.allSatisfy { ASCII.isLetter($0) || ASCII.isDigit($0) || "+-.".utf8.contains($0) }
    }
}

extension Problem {
    static let hostMalformed = requestMalformed(
        "The Host field, or :authority, has to be a host and, where it is not the usual one, a port: example.com:8443.")

    /// RFC 9110 §9.3.6: most origin servers do not have it. §15.6.2: this one has it nowhere.
    static let connectUnsupported = Problem(
        .notImplemented, "method-not-implemented", "There is no CONNECT here: the gateway is no proxy.")
}
