// A value that has parts of its own, a list of maps for instance, before anyone asks what it means. From the
// configuration file as its YAML nodes, from the environment or a flag as the same in one line: as JSON.

internal import PlainWords
internal import Yams

/// A text, a list or a map, as somebody wrote it.
indirect enum WrittenTree: Sendable, Equatable {
    case text(String)
    case list([WrittenTree])
    /// In the order of writing; no name twice.
    case map([Member])

    struct Member: Sendable, Equatable {
        let name: String
        let value: WrittenTree
    }

    /// - Throws: ``WrittenTreeError`` when it is no YAML.
    init(_ text: String) throws(WrittenTreeError) {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw WrittenTreeError("", nil, "is empty", "write it as JSON, or in the configuration file")
            }
            var lines: [String: Int] = [:]
            self = try Self.read(node, at: "", &lines)
        } catch let error as WrittenTreeError {
            throw error
        } catch {
            throw WrittenTreeError("", nil, "is no JSON", "write it as JSON, or in the configuration file")
        }
    }

    /// - Parameters:
    ///   - path: where the node stands in the setting's value: `[0].audience`.
    ///   - lines: takes the line of each part, by its path.
    static func read(
        _ node: Node, at path: String, _ lines: inout [String: Int]
    ) throws(WrittenTreeError) -> WrittenTree {
        lines[path] = node.mark?.line
        switch node {
        case .scalar(let scalar):
            guard scalar.style != .plain || !["", "~", "null"].contains(scalar.string.lowercased()) else {
                throw WrittenTreeError(path, nil, "has no value", "write one, or remove the line")
            }
            return .text(scalar.string)
        case .sequence(let sequence):
            var list: [WrittenTree] = []
            for (index, node) in sequence.enumerated() {
                list.append(try read(node, at: "\(path)[\(index)]", &lines))
            }
            return .list(list)
        case .mapping(let mapping):
            var members: [Member] = []
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    throw WrittenTreeError(path, nil, "has a key that is no text", "write keys as in the documentation")
                }
                let place = "\(path).\(name)"
                let read = try read(value, at: place, &lines)
                lines[place] = key.mark?.line
                members.append(Member(name: name, value: read))
            }
            return .map(members)
        case .alias:
            throw WrittenTreeError(path, nil, "refers to another place", "write the value itself")
        }
    }

    /// The same as one line of JSON, all scalars as strings.
    var json: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .list(let list): "[" + list.map(\.json).joined(separator: ",") + "]"
        case .map(let members):
            "{" + members.map { "\(Self.quoted($0.name)):\($0.value.json)" }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                "\\x" + String(scalar.value + 0x100, radix: 16).suffix(2)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}

/// What is wrong with a part of a value.
struct WrittenTreeError: Error, Equatable {
    /// Where in the value: `[0].audience`.
    let path: String
    /// The text that is wrong, if it is one.
    let text: String?
    /// What is wrong, to follow the text or the key.
    let problem: String
    /// What to write, as an imperative.
    let remedy: String

    init(_ path: String, _ text: String?, _ problem: String, _ remedy: String) {
        (self.path, self.text, self.problem, self.remedy) = (path, text, problem, remedy)
    }
}

// MARK: - Reading its parts

/// A part of a value with the place where it stands.
struct WrittenPart {
    let tree: WrittenTree
    let path: String

    init(_ tree: WrittenTree, at path: String = "") { (self.tree, self.path) = (tree, path) }

    func error(_ problem: String, _ remedy: String) -> WrittenTreeError {
        // What stands in a whole value's place may be anything, a secret for one.
        if case .text(let text) = tree, !path.isEmpty { return WrittenTreeError(path, text, problem, remedy) }
        return WrittenTreeError(path, nil, problem, remedy)
    }

    func text() throws(WrittenTreeError) -> String {
        guard case .text(let text) = tree else { throw error("is no plain value", "write one plain value") }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            throw error("is empty", "write a value, or remove it")
        }
        return text
    }

    /// One text, or a list of texts.
    func texts() throws(WrittenTreeError) -> [String] {
        guard case .list = tree else { return [try text()] }
        var texts: [String] = []
        for part in try list() { texts.append(try part.text()) }
        return texts
    }

    func flag() throws(WrittenTreeError) -> Bool {
        guard let flag = Bool(try text()) else { throw error("is neither true nor false", "write true or false") }
        return flag
    }

    func list() throws(WrittenTreeError) -> [WrittenPart] {
        guard case .list(let list) = tree else {
            throw error("is no list", "write one entry per line, each behind a dash")
        }
        return list.enumerated().map { WrittenPart($1, at: "\(path)[\($0)]") }
    }

    /// The members of a map, by any names.
    func members() throws(WrittenTreeError) -> [(name: String, part: WrittenPart)] {
        guard case .map(let members) = tree else {
            throw error("is no map", "write below it lines of a name, a colon and a value")
        }
        return members.map { ($0.name, WrittenPart($0.value, at: "\(path).\($0.name)")) }
    }

    /// The members of a map whose names are known.
    ///
    /// - Throws: what names the nearest, when there is another one.
    func members(of names: [String]) throws(WrittenTreeError) -> [String: WrittenPart] {
        var known: [String: WrittenPart] = [:]
        for (name, part) in try members() {
            guard names.contains(name) else {
                let near = NearestName.find(name, among: names).map { "did you mean \($0)?" }
                throw WrittenTreeError(
                    part.path, nil, "is no setting", near ?? "here belong \(names.joined(separator: ", "))")
            }
            known[name] = part
        }
        return known
    }
}
