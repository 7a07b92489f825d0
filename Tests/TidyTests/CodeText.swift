// A Swift file with its comments and literals blanked out, so that a rule about code does not stumble over prose.
// It is no parser: it knows where comments and string literals begin and end, and keeps every line in its place.

/// Swift source in which each character of a comment or a string literal is a space; line ends stay.
struct CodeText: Sendable {
    /// The blanked text, one element per line.
    let lines: [String]

    init(_ source: String) {
        var scanner = Scanner(source)
        scanner.scanCode(until: nil)
        lines = String(decoding: scanner.output, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}

extension CodeText {
    /// Walks the bytes once; interpolations inside literals are code again, so scanning is recursive.
    private struct Scanner {
        private let input: [UInt8]
        private var index = 0
        private(set) var output: [UInt8] = []

        init(_ source: String) {
            input = Array(source.utf8)
            output.reserveCapacity(input.count)
        }

        /// Copies code. `closing` is the bracket that ends an interpolation; nil scans to the end.
        mutating func scanCode(until closing: UInt8?) {
            var depth = 0
            while index < input.count {
                if starts("//") {
                    blankLineComment()
                } else if starts("/*") {
                    blankBlockComment()
                } else if let hashes = literalAhead() {
                    blankLiteral(hashes: hashes)
                } else {
                    let byte = input[index]
                    if byte == UInt8(ascii: "(") { depth += 1 }
                    if byte == UInt8(ascii: ")") {
                        if closing == byte, depth == 0 { return }
                        depth -= 1
                    }
                    copy()
                }
            }
        }

        private func starts(_ text: StaticString, at offset: Int = 0) -> Bool {
            let count = text.utf8CodeUnitCount
            guard index + offset + count <= input.count else { return false }
            return (0..<count).allSatisfy { input[index + offset + $0] == text.utf8Start[$0] }
        }

        private mutating func copy() {
            output.append(input[index])
            index += 1
        }

        private mutating func blank(_ count: Int = 1) {
            for _ in 0..<count where index < input.count {
                output.append(input[index] == UInt8(ascii: "\n") ? input[index] : UInt8(ascii: " "))
                index += 1
            }
        }

        private mutating func blankLineComment() {
            while index < input.count, input[index] != UInt8(ascii: "\n") { blank() }
        }

        private mutating func blankBlockComment() {
            var depth = 0
            repeat {
                if starts("/*") {
                    depth += 1
                    blank(2)
                } else if starts("*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank()
                }
            } while depth > 0 && index < input.count
        }

        /// The number of `#` before a string literal that starts here, or nil.
        private func literalAhead() -> Int? {
            var hashes = 0
            while index + hashes < input.count, input[index + hashes] == UInt8(ascii: "#") { hashes += 1 }
            return starts("\"", at: hashes) ? hashes : nil
        }

        private func hasHashes(_ count: Int, at offset: Int) -> Bool {
            guard index + offset + count <= input.count else { return false }
            return (0..<count).allSatisfy { input[index + offset + $0] == UInt8(ascii: "#") }
        }

        private mutating func blankLiteral(hashes: Int) {
            let isMultiline = starts("\"\"\"", at: hashes)
            let quotes = isMultiline ? 3 : 1
            blank(hashes + quotes)
            while index < input.count {
                if input[index] == UInt8(ascii: "\\"), hasHashes(hashes, at: 1) {
                    blank(1 + hashes)
                    if starts("(") {
                        blank()
                        scanCode(until: UInt8(ascii: ")"))
                    }
                    blank()
                } else if isMultiline ? starts("\"\"\"") : starts("\""), hasHashes(hashes, at: quotes) {
                    return blank(quotes + hashes)
                } else {
                    blank()
                }
            }
        }
    }
}
