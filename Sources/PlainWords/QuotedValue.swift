// A value that somebody configured, as a message may repeat it: of bounded length, without characters that steer a
// terminal, and not at all when it looks like a secret. Every message that repeats a value from the environment, a file
// or the command line takes it from here.

/// A value as a message shows it.
package struct QuotedValue: Sendable, Equatable, CustomStringConvertible {
    /// `"eight"`, or what is said in its place: `a value that looks like a key (44 bytes, not shown)`.
    package let description: String
    /// Whether the value itself is kept back.
    package let isWithheld: Bool

    /// A longer value is cut.
    private static let longest = 80

    /// - Parameters:
    ///   - text: the value.
    ///   - isSecret: whether it is one, whatever it looks like.
    package init(_ text: String, isSecret: Bool = false) {
        let look = SecretLook(text)
        isWithheld = isSecret || look != nil
        description = isWithheld ? Self.substitute(text, look) : "\"\(Self.printable(text, atMost: Self.longest))\""
    }

    /// A name or a path as a message shows it: as it is where nothing speaks against it.
    ///
    /// - Parameters:
    ///   - text: the name or the path.
    ///   - isSecret: whether it names a secret's file, so that a word which looks like no path is kept back, too.
    package static func name(_ text: String, isSecret: Bool = false) -> String {
        let look = SecretLook(text)
        let isWithheld = look != nil || isSecret && !looksLikePath(text)
        return isWithheld ? substitute(text, look) : printable(text, atMost: longestName)
    }

    /// A message of another room with a path in it, as it may be shown.
    ///
    /// - Parameters:
    ///   - path: the path as it was configured.
    ///   - message: may repeat it.
    ///   - isSecret: whether it names a secret's file.
    package static func hiding(_ path: String, in message: String, isSecret: Bool = false) -> String {
        let shown = name(path, isSecret: isSecret)
        guard shown != path, !path.isEmpty else { return message }
        return message.split(separator: path, omittingEmptySubsequences: false).joined(separator: shown)
    }

    /// Whether a text has what paths have and words have not: a folder, or an ending.
    package static func looksLikePath(_ text: String) -> Bool { text.utf8.contains { "/.".utf8.contains($0) } }

    /// A text without characters that steer a terminal or hide what stands there, and of bounded length.
    ///
    /// - Parameters:
    ///   - text: whatever it is.
    ///   - count: how many characters are kept; more are cut, with an ellipsis.
    package static func printable(_ text: String, atMost count: Int) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(count) {
            if steers(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
        }
        return text.unicodeScalars.count > count ? result + "…" : result
    }

    /// Paths are longer than values, and their end says the most. Linux's limit is 4096.
    private static let longestName = 255

    private static func substitute(_ text: String, _ look: SecretLook?) -> String {
        let bytes = "\(text.utf8.count) bytes, not shown"
        return look.map { "a value that looks like \($0.rawValue) (\(bytes))" } ?? "a value (\(bytes))"
    }

    /// C0 and C1, what turns the direction of writing, what breaks lines, what has no width (Unicode TR36 §3).
    private static func steers(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate: true
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }
}
