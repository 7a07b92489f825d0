// What Package.swift declares, target by target. It reads the manifest's text: names, calls, lists and strings are all
// that stands in its list of targets. Asking `swift package` would wait for the build that runs these tests.

/// The targets of the package.
struct Manifest {
    struct Target: Equatable {
        let name: String
        /// Where its files lie, from the package's folder.
        let folder: String
        /// The targets and products that it declares, which here have the names of their modules.
        let dependencies: [String]
        /// Whether it is a library of the system, and has no files of Swift.
        let isSystem: Bool

        /// Whether it is part of the product: a room.
        var isRoom: Bool { folder.hasPrefix("Sources/") }
    }

    let targets: [Target]

    /// Reads the list that is labelled `targets` in the call of `Package`.
    init(_ text: String) {
        var reader = ExpressionReader(text)
        let package = reader.call(of: "Package")
        guard case .list(let calls)? = package?["targets"] else {
            targets = []
            return
        }
        targets = calls.compactMap(Self.target)
    }

    /// The manifest of this package.
    static func read() throws -> Manifest { Manifest(try SourceTree.file("Package.swift").text) }

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }

    private static func target(_ expression: Expression) -> Target? {
        guard case .call(let kind, _) = expression else { return nil }
        guard let name = expression["name"]?.text ?? expression["of"]?.text ?? expression.unlabelled(0)?.text
        else { return nil }
        let isTest = kind == "tests" || kind == "testTarget"
        var dependencies: [Expression] = []
        if case .list(let named)? = expression["dependencies"] ?? expression.unlabelledList { dependencies = named }
        return Target(
            name: name, folder: expression["path"]?.text ?? (isTest ? "Tests/" : "Sources/") + name,
            dependencies: dependencies.compactMap { $0.text ?? $0["name"]?.text ?? $0.unlabelled(0)?.text },
            isSystem: kind == "systemLibrary")
    }
}

/// As much of a Swift expression as a manifest has.
indirect enum Expression {
    case text(String)
    case list([Expression])
    case call(String, [(label: String?, value: Expression)])
    case other

    var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The argument of a call that has this label.
    subscript(label: String) -> Expression? {
        guard case .call(_, let arguments) = self else { return nil }
        return arguments.first { $0.label == label }?.value
    }

    /// The argument of a call that is the `index`th without a label.
    func unlabelled(_ index: Int) -> Expression? {
        guard case .call(_, let arguments) = self else { return nil }
        return arguments.filter { $0.label == nil }.dropFirst(index).first?.value
    }

    /// The first argument without a label that is a list.
    var unlabelledList: Expression? {
        guard case .call(_, let arguments) = self else { return nil }
        return arguments.lazy.filter { $0.label == nil }.map(\.value).first {
            if case .list = $0 { true } else { false }
        }
    }
}
