// A request's path and query (RFC 9112 §3.2.1, RFC 3986 §3.4), parsed once. They choose no user: only the token does.

internal import PeerText

/// Path and query of a request target in origin form.
package struct RequestTarget: Sendable, Equatable {
    package let path: String
    /// Names and values in their order, percent-decoded.
    private let parameters: [(name: String, value: String)]

    /// - Throws: ``Problem`` when the target is not in origin form, or its query is not percent-encoded UTF-8.
    package init(_ target: String?) throws(Problem) {
        guard let target, Self.isOriginForm(target) else { throw Self.notOriginForm }
        guard let length = target.offset(of: UInt8(ascii: "?")) else {
            path = target
            parameters = []
            return
        }
        let mark = target.utf8.index(target.startIndex, offsetBy: length)
        path = String(target[..<mark])
        parameters = try Self.parameters(in: target[mark...].dropFirst())
    }

    /// Whether a target is a path, with a query or without (RFC 9112 §3.2.1). ASCII and no `#`, as RFC 3986 has it.
    static func isOriginForm(_ target: String) -> Bool {
        target.utf8.first == UInt8(ascii: "/")
            && target.allBytes(are: { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "#") })
    }

    static let notOriginForm = Problem.requestMalformed(
        "The request target has to be a path that begins with `/`, percent-encoded where it is not ASCII.")

    /// All values of a parameter.
    package subscript(_ name: String) -> [String] {
        parameters.filter { $0.name.hasSameBytes(as: name) }.map(\.value)
    }

    package static func == (left: RequestTarget, right: RequestTarget) -> Bool {
        left.path == right.path && left.parameters.elementsEqual(right.parameters, by: ==)
    }

    private static func parameters(in query: Substring) throws(Problem) -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let (name, value) = pair.cut(at: UInt8(ascii: "="))
            parameters.append((try decode(name), try value.map(decode) ?? ""))
        }
        return parameters
    }

    private static func decode(_ text: Substring.UTF8View) throws(Problem) -> String {
        guard let bytes = text.percentDecoded(plus: UInt8(ascii: " ")) else {
            throw .requestMalformed("The query has a `%` that no two hex digits follow.")
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw .requestMalformed("The query is not percent-encoded UTF-8.")
        }
        return decoded
    }
}
