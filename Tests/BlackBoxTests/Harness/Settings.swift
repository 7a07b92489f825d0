// A configuration file for the gateway, from dotted keys.

/// Settings by their dotted names; each value is written into the file as YAML.
struct Settings: Sendable, ExpressibleByDictionaryLiteral {
    private(set) var values: [String: String]

    init(dictionaryLiteral elements: (String, String)...) {
        values = Dictionary(elements) { $1 }
    }

    subscript(key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// These settings with others laid over them.
    func overridden(by others: Settings) -> Settings {
        var result = self
        result.values.merge(others.values) { $1 }
        return result
    }

    /// The settings as nested YAML maps.
    var yaml: String { Self.yaml(of: values.sorted { $0.key < $1.key }.map { ($0.key[...], $0.value) }, indent: "") }

    private static func yaml(of entries: [(key: Substring, value: String)], indent: String) -> String {
        var text = ""
        var seen: Set<Substring> = []
        for (key, value) in entries {
            guard let dot = key.firstIndex(of: ".") else {
                text += "\(indent)\(key): \(value)\n"
                continue
            }
            let head = key[..<dot]
            guard seen.insert(head).inserted else { continue }
            let inner = entries.filter { $0.key.hasPrefix(head + ".") }
                .map { (key: $0.key.dropFirst(head.count + 1), value: $0.value) }
            text += "\(indent)\(head):\n" + yaml(of: inner, indent: indent + "  ")
        }
        return text
    }
}
