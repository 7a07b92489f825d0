// Finds the functions of a Swift file and how long they are, by matching braces. It judges no length.

/// One function, initialiser, deinitialiser or subscript with a body.
struct FunctionLength: Equatable {
    let name: String
    /// The line, from 1, that the declaration starts on.
    let line: Int
    /// The lines with code from the declaration to its closing brace; blank lines and comments do not count.
    let length: Int
}

extension CodeText {
    private static let starters: Set<String> = ["func", "init", "deinit", "subscript"]

    /// The functions in the order of their first lines; one inside another is counted as well.
    var functions: [FunctionLength] {
        lines.indices.compactMap { index in
            guard let name = Self.declaredName(in: lines[index]), let end = endOfBody(from: index) else { return nil }
            let length = lines[index...end].count { !$0.allSatisfy(\.isWhitespace) }
            return FunctionLength(name: name, line: index + 1, length: length)
        }
    }

    /// The name that a line declares as a function, if it declares one: only modifiers may stand before the keyword.
    private static func declaredName(in line: String) -> String? {
        let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "@" || $0 == ".") }.map(String.init)
        guard let position = words.firstIndex(where: starters.contains) else { return nil }
        let allowed = words[..<position].allSatisfy { $0.hasPrefix("@") || modifiers.contains($0) }
        guard allowed else { return nil }
        let keyword = words[position]
        guard keyword == "func" else { return line.contains("\(keyword)(") || keyword == "deinit" ? keyword : nil }
        return position + 1 < words.count ? words[position + 1] : "operator"
    }

    private static let modifiers: Set<String> = [
        "public", "package", "internal", "private", "fileprivate", "open", "static", "class", "final", "override",
        "mutating", "nonmutating", "consuming", "borrowing", "isolated", "nonisolated", "convenience", "required",
        "prefix", "postfix", "infix", "always", "never", "unsafe",
    ]

    /// The line of the brace that closes the body which opens at or after `start`; nil when there is no body.
    private func endOfBody(from start: Int) -> Int? {
        var braces = 0
        var parentheses = 0
        for index in start..<lines.count {
            if index > start, braces == 0, parentheses == 0, Self.declaredName(in: lines[index]) != nil { return nil }
            for character in lines[index] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{": braces += 1
                case "}" where braces == 0: return nil
                case "}":
                    braces -= 1
                    if braces == 0, parentheses == 0 { return index }
                default: break
                }
            }
        }
        return nil
    }
}
