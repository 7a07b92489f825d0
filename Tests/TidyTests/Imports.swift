// Reads the `import` lines of a Swift file.

/// One import of a module.
struct Import: Equatable, Sendable {
    let module: String
    /// The line, from 1.
    let line: Int
}

extension CodeText {
    private static let levels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "var", "let", "actor",
    ]

    /// The file's imports, in order; `import struct A.B` counts as an import of `A`.
    var imports: [Import] {
        lines.enumerated().compactMap { index, line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let position = words.firstIndex(of: "import") else { return nil }
            guard words[..<position].allSatisfy({ $0.hasPrefix("@") || Self.levels.contains($0) }) else { return nil }
            let rest = words[(position + 1)...].drop(while: Self.kinds.contains)
            guard let module = rest.first?.split(separator: ".").first else { return nil }
            return Import(module: String(module), line: index + 1)
        }
    }
}
