/// A token that fits into an `Authorization: Bearer` header field (RFC 6750 §2.1), and that prints as nothing.
///
/// The gateway decides whether it is genuine.
package struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    private let text: String

    /// Checks a token.
    ///
    /// - Parameter text: the token; white space around it is dropped, since files and shells add line ends.
    /// - Throws: `GatewayClientError` with code `invalidArgument` when it is empty or not a `b64token`.
    package init(_ text: String) throws(GatewayClientError) {
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        guard !trimmed.isEmpty else {
            throw GatewayClientError(code: .invalidArgument, message: "the token is empty: make one with sluice token")
        }
        let allowed = trimmed.allSatisfy { character in
            character.asciiValue.map { PercentEncoding.isUnreserved($0) || "+/=".utf8.contains($0) } ?? false
        }
        guard allowed else {
            throw GatewayClientError(
                code: .invalidArgument, message: "the token holds a character that no token has: was it cut or quoted?")
        }
        self.text = String(trimmed)
    }

    /// The value of the `Authorization` header field.
    package var headerValue: String { "Bearer \(text)" }

    /// A token never appears in a log line.
    package var description: String { "<token>" }

    /// A token never appears in a debugger's dump.
    package var debugDescription: String { "<token>" }
}
