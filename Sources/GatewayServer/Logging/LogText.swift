// What a peer wrote, made fit for a log line: it can neither end the line, nor hide in it, nor fill it.

internal import HTTPServing
internal import Logging

/// Text of a peer in a log line.
struct LogText: Sendable, CustomStringConvertible {
    /// At most so many of its bytes are shown.
    static let byteLimit = 200
    /// As long as a name may be: two users must not look the same.
    static let nameLimit = 256

    /// The name of a user or a topic.
    static func name(_ text: String) -> LogText { LogText(text, limit: nameLimit) }

    let description: String

    /// - Parameter text: what the peer wrote. What is no printable ASCII is shown by its number.
    init(_ text: String, limit: Int = byteLimit) {
        var shown = text.utf8.prefix(limit).reduce(into: "") { $0 += Self.shown($1) }
        if text.utf8.count > limit { shown += "…" }
        description = shown
    }

    private static func shown(_ byte: UInt8) -> String {
        guard (0x21...0x7E).contains(byte), byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") else {
            let digits = String(byte, radix: 16, uppercase: true)
            return (digits.utf8.count == 1 ? "\\x0" : "\\x") + digits
        }
        return String(UnicodeScalar(byte))
    }
}

extension Logger.Metadata {
    /// Says which request a line is about.
    mutating func name(_ request: RequestID?) {
        guard let request else { return }
        self["request"] = "\(request.text)"
        self["trace"] = request.trace.flatMap { $0 == request.text ? nil : "\($0)" }
    }
}
