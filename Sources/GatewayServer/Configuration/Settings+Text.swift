// The table as text for people: the flags in `sluice serve --help`, and the article's table.

extension Settings {
    /// The flags: name and value, and below it effect and default, in lines for a terminal of 80 columns.
    package static var help: String {
        all.map { setting in
            let substitute = setting.substitute.map { ", or \($0)" } ?? ""
            let fallback = setting.isRequired ? "required\(substitute)" : "default: \(setting.defaultText ?? "unset")"
            let lines = wrapped("\(setting.effect) (\(fallback))", width: 72)
            return "  \(setting.flag) \(setting.placeholder)\n" + lines.map { "      " + $0 }.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Breaks a text at spaces; a word longer than a line stands alone.
    static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// The table in Markdown, a row per key.
    package static var markdownTable: String {
        let head = ["| Key | Type and range | Default | A reload changes it | Effect |", "|---|---|---|---|---|"]
        let rows = all.map { setting in
            let type = setting.range.map { "\(setting.type): \($0)" } ?? setting.type
            let substitute = setting.substitute.map { ", or `\($0)`" } ?? ""
            let fallback =
                setting.isRequired ? "**required**\(substitute)" : setting.defaultText.map { "`\($0)`" } ?? "–"
            let reload = setting.reload == .restart ? "at a restart only" : setting.reload.rawValue
            return "| `\(setting.key)` | \(type) | \(fallback) | \(reload) | \(setting.effect) |"
        }
        return (head + rows).joined(separator: "\n")
    }
}

// The table as an index: by key, by section.

extension Settings {
    /// The rows by dotted key.
    static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    /// Every prefix of a key: `["log"]` and `["log", "retention"]` for `log.retention.bytes`.
    static let sections: Set<[String]> = Set(
        all.flatMap { setting in
            (1..<setting.components.count).map { Array(setting.components.prefix($0)) }
        })

    /// The names of sections and settings directly below a section, in the order of the documentation.
    ///
    /// - Parameter section: a section's components; none for the top.
    static func names(below section: [String]) -> [String] {
        var names: [String] = []
        for setting in all where setting.components.starts(with: section) && setting.components.count > section.count {
            let name = setting.components[section.count]
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}

extension Setting {
    /// What stands for the value in a line of help: `TIME`, `SIZE`, `1.2|1.3`.
    var placeholder: String {
        switch type {
        case "IP address": "ADDRESS"
        case "path", "path, or list of paths": "PATH"
        case "list of origins": "ORIGIN"
        case "list of servers", "list of URLs": "URL"
        case _ where hasParts: "JSON"
        case "true or false": "true|false"
        case "word": (range ?? "").split(separator: ", ").joined(separator: "|")
        default: type.uppercased()
        }
    }
}
