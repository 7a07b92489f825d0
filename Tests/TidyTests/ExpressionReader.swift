// Reads the expressions of a manifest out of its text. What it does not know it steps over.

/// Walks the words, strings and marks of Swift source.
struct ExpressionReader {
    private enum Token: Equatable {
        case text(String)
        case word(String)
        case mark(Character)
    }

    private let tokens: [Token]
    private var index = 0

    init(_ source: String) {
        var rest = source[...]
        var tokens: [Token] = []
        while let token = Self.next(&rest) { tokens.append(token) }
        self.tokens = tokens
    }

    /// The first call of a function by its name, from here on; nil when there is none.
    mutating func call(of name: String) -> Expression? {
        while index + 1 < tokens.count {
            if tokens[index] == .word(name), tokens[index + 1] == .mark("(") { return expression() }
            index += 1
        }
        return nil
    }

    private var token: Token? { index < tokens.count ? tokens[index] : nil }

    private mutating func skip(_ mark: Character) -> Bool {
        guard token == .mark(mark) else { return false }
        index += 1
        return true
    }

    private mutating func expression() -> Expression {
        let first = operand()
        // What is done to it, such as `.map { … }`, does not matter here.
        while true {
            if skip(".") {
                _ = operand()
            } else if token == .mark("{") {
                skipClosure()
            } else {
                return first
            }
        }
    }

    private mutating func operand() -> Expression {
        _ = skip(".")
        defer { index += 1 }
        switch token {
        case .text(let text): return .text(text)
        case .mark("["):
            index += 1
            return .list(arguments(until: "]").map(\.value))
        case .word(let name):
            guard index + 1 < tokens.count, tokens[index + 1] == .mark("(") else { return .other }
            index += 2
            return .call(name, arguments(until: ")"))
        default: return .other
        }
    }

    /// Reads up to the closing mark, and stays on it.
    private mutating func arguments(until closing: Character) -> [(label: String?, value: Expression)] {
        var found: [(label: String?, value: Expression)] = []
        while let token, token != .mark(closing) {
            var label: String?
            if case .word(let name) = token, index + 1 < tokens.count, tokens[index + 1] == .mark(":") {
                label = name
                index += 2
            }
            found.append((label, expression()))
            _ = skip(",")
        }
        return found
    }

    private mutating func skipClosure() {
        var depth = 0
        repeat {
            if token == .mark("{") { depth += 1 }
            if token == .mark("}") { depth -= 1 }
            index += 1
        } while depth > 0 && index < tokens.count
    }

    /// The token at the beginning of the text, which is taken off it. Comments and white space are none.
    private static func next(_ rest: inout Substring) -> Token? {
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
            } else if first == "\"" {
                return .text(literal(&rest))
            } else if first.isLetter || first.isNumber || first == "_" {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                rest = rest.dropFirst(word.count)
                return .word(String(word))
            } else {
                return .mark(rest.removeFirst())
            }
        }
        return nil
    }

    private static func literal(_ rest: inout Substring) -> String {
        rest.removeFirst()
        let text = rest.prefix { $0 != "\"" }
        rest = rest.dropFirst(text.count + 1)
        return String(text)
    }
}
