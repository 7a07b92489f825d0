// Text from a peer is bytes: the rooms that read requests compare and cut it by PeerText, because `Character` and
// `String` hold U+037E for `;` and U+212A, in lower case, for `k`.

import Testing

@Suite struct PeerTextTests {
    /// The rooms that read what a peer sent.
    private static let rooms: Set<String> = [
        "HTTPServing", "GatewayRules", "HTTP2Kit", "EventStream", "TokenAuth", "StrictJSON", "GatewayDemo", "PeerText",
        "KeySources", "NATSClient", "NATSMonitor",
    ]

    /// Of the rooms that do more than that, the folders that read what a peer sent: requests, and a server's answers.
    private static let folders = [
        "Sources/GatewayServer/Admin/", "Sources/GatewayServer/Listeners/", "Sources/GatewayServer/Logging/",
        "Sources/GatewayClient/Connection/", "Sources/GatewayClient/EventSource/", "Sources/GatewayClient/Probe/",
        "Sources/GatewayClient/Publish/",
    ]

    /// Files that hold no peer's text, each with the reason.
    private static let others: [String: String] = [
        "Sources/GatewayRules/CORS/Origin.swift": "reads what the operator wrote; a peer's Origin is compared with it",
        "Sources/TokenAuth/JSONWebKey.swift": "looks for words; another spelling of one makes no other key of it",
        "Sources/KeySources/SecureURL.swift": "takes printable ASCII alone, of which each byte is a character",
        "Sources/GatewayClient/Probe/HandshakeFacts.swift": "reads OpenSSL's words for an error",
    ]

    /// What looks at characters, each with what to write instead.
    private static let forbidden: [(pattern: String, instead: String)] = [
        ("lowercased()", "equalsIgnoringCase"), ("uppercased()", "equalsIgnoringCase"),
        ("hasPrefix(", "utf8.starts(with:)"), ("hasSuffix(", "bytes, cut from the end, and isSame(as:)"),
        ("Character(", "UInt8(ascii:)"), ("<Character>", "a set of bytes"), (": Character", "UInt8"),
        ("-> Character", "UInt8"), ("$0.isLetter", "ASCII.isLetter"), ("$0.isNumber", "ASCII.isDigit"),
        ("\\.isWhitespace", "bytes.trimmed"), ("$0.isWhitespace", "bytes.trimmed"),
        (".hexDigitValue", "ASCII.hexDigit"),
        ("split(separator: \"", "utf8.split(separator: UInt8(ascii:))"),
        ("firstIndex(of: \"", "bytes.cut(at:)"), ("lastIndex(of: \"", "the index of a byte"),
        ("contains(\"", "utf8.contains(UInt8(ascii:)), or hasSameBytes(as:)"),
        ("$0 == \"", "a byte, or hasSameBytes(as:)"), ("$0 != \"", "a byte, or hasSameBytes(as:)"),
        (".first == \"", "utf8.first, or hasSameBytes(as:)"), (".last == \"", "utf8.last, or hasSameBytes(as:)"),
        ("caseInsensitiveCompare", "equalsIgnoringCase"), ("localized", "equalsIgnoringCase"),
        ("replacingOccurrences", "bytes"), ("trimmingCharacters", "bytes.trimmed"),
    ]

    @Test func peerTextIsComparedAndCutAsBytes() {
        for file in SourceTree.sources where Self.readsPeers(file) && Self.others[file.path] == nil {
            for (number, (code, line)) in zip(file.code.lines, file.lines).enumerated() {
                for (pattern, instead) in Self.found(in: code, of: line) {
                    Issue.record("\(file.path):\(number + 1): \(pattern): a peer's text is bytes; write \(instead)")
                }
            }
        }
    }

    private static func readsPeers(_ file: ProjectFile) -> Bool {
        rooms.contains(file.room ?? "") || folders.contains { file.path.hasPrefix($0) }
    }

    /// Where a pattern ends in a literal, the literal is blank in the code and stands in the line.
    private static func found(in code: String, of line: Substring) -> [(pattern: String, instead: String)] {
        forbidden.filter { pattern, _ in
            guard pattern.utf8.last == UInt8(ascii: "\"") else { return code.contains(pattern) }
            return code.contains(pattern.dropLast()) && line.contains(pattern)
        }
    }

    @Test(arguments: [
        "let a = text.lowercased()", "if text.hasPrefix(\"x\") {}", "for part in text.split(separator: \";\") {}",
        "text.prefix { $0 != \";\" }", "let set: Set<Character> = []", "guard host.first == \"[\" else {}",
        "names.contains(\"sign\")", "text.drop(while: \\.isWhitespace)",
    ])
    func whatLooksAtCharactersIsFound(line: String) {
        let file = ProjectFile(path: "Sources/HTTPServing/A.swift", text: line)
        #expect(Self.found(in: file.code.lines[0], of: file.lines[0]).count == 1)
    }

    @Test(arguments: [
        "let a = text.equalsIgnoringCase(\"x\")", "text.utf8.split(separator: UInt8(ascii: \";\"))",
        "// lowercased() would make a k of U+212A", "let words = \"hasPrefix( $0 == \"",
        "scalars.first?.properties.isWhitespace", "bytes.contains(where: ASCII.isLetter)",
    ])
    func bytesAndProseAreNot(line: String) {
        let file = ProjectFile(path: "Sources/HTTPServing/A.swift", text: line)
        #expect(Self.found(in: file.code.lines[0], of: file.lines[0]).isEmpty)
    }

    /// A folder that is renamed must not slip out of the rule.
    @Test func everyFolderHasFiles() {
        for folder in Self.folders {
            #expect(SourceTree.sources.contains { $0.path.hasPrefix(folder) }, "\(folder) is gone")
        }
    }

    @Test func everyExceptionIsAFile() throws {
        for path in Self.others.keys { #expect(SourceTree.sources.contains { $0.path == path }, "\(path) is gone") }
    }
}
