// The table as text for people: the flags in `sluice serve --help`, and the README's table.

extension Settings {
    /// The flags, one per two lines: name and value, then effect and default.
    package static var help: String {
        all.map { setting in
            let fallback =
                setting.isRequired ? "required" : setting.defaultText.map { "default: \($0)" } ?? "default: unset"
            return "  \(setting.flag) \(setting.placeholder)\n      \(setting.effect) (\(fallback))"
        }.joined(separator: "\n")
    }

    /// The table in Markdown, a row per key.
    package static var markdownTable: String {
        let head = ["| Key | Type and range | Default | Effect |", "|---|---|---|---|"]
        let rows = all.map { setting in
            let type = setting.range.map { "\(setting.type): \($0)" } ?? setting.type
            let fallback = setting.isRequired ? "**required**" : setting.defaultText.map { "`\($0)`" } ?? "–"
            return "| `\(setting.key)` | \(type) | \(fallback) | \(setting.effect) |"
        }
        return (head + rows).joined(separator: "\n")
    }
}
