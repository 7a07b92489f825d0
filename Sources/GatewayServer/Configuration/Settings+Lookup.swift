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
        case "true or false": "true|false"
        case "word": (range ?? "").split(separator: ", ").joined(separator: "|")
        default: type.uppercased()
        }
    }
}
