// What a text looks like that nobody meant to show. It errs on the side of silence: a path that is not shown costs a
// look at the place where it is written, a key that is shown costs the key.

/// What secret a text looks like.
package enum SecretLook: String, Sendable, Equatable, CaseIterable {
    /// A key set, or another JSON text.
    case json = "JSON"
    /// A private key or a certificate (RFC 7468).
    case pem = "a PEM text"
    /// A signed token (RFC 7515 §7.1).
    case token = "a token"
    /// A URL with a password in it (RFC 3986 §3.2.1).
    case credentials = "a URL with a password"
    /// A whole file: settings and paths have one line.
    case lines = "a text of several lines"
    /// Letters and digits without order, as keys and passwords that programs make have.
    case key = "a key"

    /// - Parameter text: what someone wrote.
    /// - Returns: nil when it looks like nothing that has to be kept secret.
    package init?(_ text: String) {
        let rule = Self.allCases.first { $0.fits(text) }
        guard let rule else { return nil }
        self = rule
    }

    private func fits(_ text: String) -> Bool {
        switch self {
        case .json: Self.isJSON(text)
        case .pem: text.contains("-----BEGIN") || text.contains("PRIVATE KEY")
        case .token: Self.isToken(text)
        case .credentials: Self.hasCredentials(text)
        case .lines: text.utf8.dropLast().contains { $0 == 0x0A || $0 == 0x0D }
        case .key: Self.runs(of: text).contains(where: Self.isKey)
        }
    }

    private static func isJSON(_ text: String) -> Bool {
        let first = text.utf8.first { $0 > 0x20 }
        guard first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else { return true }
        return ["\"k\":", "\"kty\":", "\"keys\":", "\"d\":"].contains { text.contains($0) }
    }

    /// Three parts of base64url whose first is an object's beginning, wherever they stand.
    private static func isToken(_ text: String) -> Bool {
        guard let start = text.firstRange(of: "eyJ")?.lowerBound else { return false }
        return text[start...].split(separator: ".", maxSplits: 2).count > 1
    }

    private static func hasCredentials(_ text: String) -> Bool {
        guard let start = text.firstRange(of: "://")?.upperBound else { return false }
        return text[start...].prefix { $0 != "/" }.contains("@")
    }

    // MARK: Keys

    /// Fewer characters than this are a name.
    private static let shortestKey = 20

    /// The parts of a text that could be base64 or hexadecimal. In an absolute path a slash parts names; elsewhere it
    /// is one of base64's characters.
    private static func runs(of text: String) -> [[UInt8]] {
        let isPath =
            text.utf8.first.map { [UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "~")].contains($0) } ?? false
        return (isPath ? withoutUUIDs(text.utf8) : Array(text.utf8)).split { byte in
            !isLetterOrDigit(byte) && !(isPath ? "+_=-" : "+/_=-").utf8.contains(byte)
        }
        .map(Array.init)
    }

    /// In a path, UUIDs name folders of containers and of temporary files (RFC 9562 §4), and are nobody's secret.
    private static func withoutUUIDs(_ path: String.UTF8View) -> [UInt8] {
        var (rest, result) = (Array(path)[...], [UInt8]())
        while let first = rest.first {
            let isOne = isUUID(rest.prefix(36))
            result.append(isOne ? UInt8(ascii: " ") : first)
            rest = rest.dropFirst(isOne ? 36 : 1)
        }
        return result
    }

    private static func isUUID(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count == 36
            && zip(0..., bytes).allSatisfy { place, byte in
                [8, 13, 18, 23].contains(place) ? byte == UInt8(ascii: "-") : isHexadecimalDigit(byte)
            }
    }

    private static func isKey(_ run: [UInt8]) -> Bool {
        guard run.count >= shortestKey else { return false }
        let letters = run.filter(isLetterOrDigit)
        let changes = zip(letters, letters.dropFirst()).count { kind(of: $0) != kind(of: $1) }
        // Random base64 changes between upper case, lower case and digits at six places of ten, a name at one.
        if Double(changes) >= 0.25 * Double(letters.count) { return true }
        let hasDigit = letters.contains { kind(of: $0) == 0 }
        let hasLetter = letters.contains { kind(of: $0) != 0 }
        let isHexadecimal = letters.allSatisfy(isHexadecimalDigit)
        return hasDigit && hasLetter
            && (isHexadecimal && letters.count >= 32 || letters.count == run.count && run.count >= 40)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { kind(of: byte) != nil }

    private static func kind(of byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 0
        case UInt8(ascii: "a")...UInt8(ascii: "z"): 1
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): 2
        default: nil
        }
    }

    private static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
