// The configuration file's YAML as values by dotted key, with their lines. It holds the document's shape (maps of known
// keys, scalars and lists of scalars) and knows no types: that is the table's.

internal import PlainWords
internal import Yams

/// What a configuration file says, and what is wrong with its shape.
struct SettingsDocument {
    /// The values by dotted key.
    private(set) var values: [String: WrittenValue] = [:]
    /// What is wrong, in the order of the file.
    private(set) var errors: [ConfigurationError] = []

    private let path: String

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - text: the file's text.
    ///   - path: its path, for errors.
    init(_ text: String, path: String) {
        self.path = path
        do {
            // Nodes only: a value's text is taken as it was written, so `1.20` and `012` are never made numbers by
            // YAML.
            read(try Yams.compose(yaml: text))
        } catch let error as YamlError {
            refuse(error)
        } catch {
            fail(.malformed, line: nil, "cannot be read as YAML", "repair it")
        }
    }

    private mutating func read(_ root: Node?) {
        guard let root, !isNothing(root) else {
            return fail(.malformed, line: nil, "is empty", "write the settings, or remove --config")
        }
        guard let mapping = root.mapping else {
            let remedy = "write `listen:` and below it `  port: 8443`"
            return fail(.malformed, line: root.mark?.line, "is not a map of settings", remedy)
        }
        readSection(mapping, prefix: [])
    }

    private mutating func readSection(_ mapping: Node.Mapping, prefix: [String]) {
        for (node, value) in mapping {
            let line = node.mark?.line
            guard let name = node.scalar?.string else {
                fail(.malformed, line: line, "has a key that is no text", "write keys as in the documentation")
                continue
            }
            readEntry(prefix + [name], value, line: line)
        }
    }

    private mutating func readEntry(_ components: [String], _ value: Node, line: Int?) {
        let key = components.joined(separator: ".")
        let isSetting = Settings.byKey[key] != nil && components == Settings.byKey[key]?.components
        let isSection = Settings.sections.contains(components)
        guard isSetting || isSection else { return refuseUnknown(components, line: line) }
        if Settings.byKey[key]?.hasParts == true { return readParts(key, value, line: line) }
        switch value {
        case .mapping(let mapping):
            guard isSection else {
                return fail(
                    .invalid, line: line, key: key, "holds settings of its own", "write its value in the same line")
            }
            readSection(mapping, prefix: components)
        case .scalar, .sequence, .alias:
            guard !isSection else {
                // A section whose lines are all commented out.
                if isNothing(value) { return }
                return fail(
                    .invalid, line: line, key: key, "has a value, but is a section", Self.example(below: components))
            }
            readValue(key, value, line: line)
        }
    }

    private mutating func readValue(_ key: String, _ value: Node, line: Int?) {
        guard !isNothing(value) else {
            return fail(.invalid, line: line, key: key, "has no value", "write one, or remove the line")
        }
        let nodes = value.sequence.map(Array.init) ?? [value]
        let texts = nodes.compactMap { isNothing($0) ? nil : $0.scalar?.string }
        guard texts.count == nodes.count else {
            let detail = value.sequence == nil ? "is no plain value" : "is a list of something else than plain values"
            return fail(.invalid, line: line, key: key, detail, "write one plain value per line, each behind a dash")
        }
        guard value.sequence == nil || Settings.byKey[key]?.isList == true else {
            return fail(.invalid, line: line, key: key, "is a list", "write one value, without brackets or dashes")
        }
        values[key] = WrittenValue(
            texts: texts, isList: value.sequence != nil, source: .file(path: path, line: line))
    }

    private mutating func readParts(_ key: String, _ value: Node, line: Int?) {
        var lines: [String: Int] = [:]
        do throws(WrittenTreeError) {
            let tree = try WrittenTree.read(value, at: "", &lines)
            values[key] = WrittenValue(
                texts: [tree.json], isList: false, source: .file(path: path, line: line),
                parts: lines.mapValues { .file(path: path, line: $0) })
        } catch {
            fail(.invalid, line: lines[error.path] ?? line, key: key + error.path, error.problem, error.remedy)
        }
    }

    private mutating func refuseUnknown(_ components: [String], line: Int?) {
        let key = components.joined(separator: ".")
        fail(.unknown, line: line, key: key, "is no setting", Self.suggestion(for: components))
    }

    private static func suggestion(for components: [String]) -> String {
        let key = components.joined(separator: ".")
        if let setting = Settings.byKey[key] {
            return "write it as sections: " + nested(setting.components)
        }
        let siblings = Settings.names(below: Array(components.dropLast()))
        if let last = components.last, let near = NearestName.find(last, among: siblings) {
            return "did you mean \((components.dropLast() + [near]).joined(separator: "."))?"
        }
        if let near = NearestName.find(key, among: Settings.all.map(\.key)) { return "did you mean \(near)?" }
        return components.count == 1
            ? "sections are \(siblings.joined(separator: ", "))"
            : "\(components.dropLast().joined(separator: ".")) holds \(siblings.joined(separator: ", "))"
    }

    private static func nested(_ components: [String]) -> String {
        components.map { "`\($0):`" }.joined(separator: " and below it ")
    }

    private static func example(below section: [String]) -> String {
        "write below it one of \(Settings.names(below: section).joined(separator: ", "))"
    }

    /// Whether a node is YAML's null: `~`, `null`, or nothing at all.
    private func isNothing(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private mutating func fail(
        _ code: ConfigurationError.Code, line: Int?, key: String? = nil, _ detail: String, _ remedy: String
    ) {
        errors.append(
            ConfigurationError(
                code: code, source: .file(path: path, line: line), key: key, detail: detail, remedy: remedy))
    }
}

extension SettingsDocument {
    private mutating func refuse(_ error: YamlError) {
        switch error {
        case .duplicatedKeysInMapping(let names, let context):
            let names = names.prefix(10).map { QuotedValue.name($0) }.joined(separator: ", ")
            fail(
                .duplicate, line: context.mark.line, "\(names) is written more than once",
                "keep one of them")
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let text = [context?.text, problem].compactMap(\.self).joined(separator: ", ")
            let isTab = problem.contains("start any token")
            fail(
                .malformed, line: mark.line, "is not YAML: \(text)",
                isTab ? "indent with spaces, and quote texts that start with @, `, % or a tab" : "repair this line")
        case .reader(let problem, _, _, _):
            fail(.malformed, line: nil, "is not YAML: \(problem)", "remove control characters")
        default:
            fail(.malformed, line: nil, "is not YAML", "repair it")
        }
    }
}
