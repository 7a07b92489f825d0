// The project's own files, as the tidy tests read them. It finds and reads, and judges nothing.

import Foundation

/// One text file of the project.
struct ProjectFile: Sendable {
    /// The path from the package's folder, with `/` between its parts.
    let path: String
    let text: String
    /// The text as code, for a Swift file; scanned once, because most tests look at it.
    let code: CodeText
    /// The modules that a Swift file imports.
    let imports: [Import]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = CodeText(path.hasSuffix(".swift") ? text : "")
        imports = code.imports
    }

    /// The file's lines, without their ends; a line end at the end of the file starts no further line.
    var lines: [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// The room (the target's folder in `Sources`) that the file lies in.
    var room: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }
}

/// The files of the package that this test was compiled from.
enum SourceTree {
    /// The package's folder: the nearest one above this file that holds `Package.swift`.
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) { break }
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// What is made on this machine and not part of the project.
    private static let madeHere: Set<String> = [".build", ".git", ".venv", "certs/dev", "Package.resolved", ".swiftpm"]

    /// Every text file of the project.
    static let all: [ProjectFile] = files(under: "")

    /// The Swift files in `Sources`.
    static let sources = all.filter { $0.path.hasPrefix("Sources/") && $0.path.hasSuffix(".swift") }

    /// The Swift files in `Tests`.
    static let tests = all.filter { $0.path.hasPrefix("Tests/") && $0.path.hasSuffix(".swift") }

    /// The Swift files of a target.
    static func files(of target: Manifest.Target) -> [ProjectFile] {
        all.filter { $0.path.hasPrefix(target.folder + "/") && $0.path.hasSuffix(".swift") }
    }

    /// One file by its path from the package's folder.
    static func file(_ path: String) throws -> ProjectFile {
        ProjectFile(path: path, text: try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8))
    }

    private static func files(under folder: String) -> [ProjectFile] {
        let here = folder.isEmpty ? root : root.appendingPathComponent(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: here.path)) ?? []
        return names.sorted().flatMap { name -> [ProjectFile] in
            let path = folder.isEmpty ? name : folder + "/" + name
            guard !madeHere.contains(path), !name.hasPrefix(".build"), name != "__pycache__" else { return [] }
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(
                atPath: root.appendingPathComponent(path).path, isDirectory: &isFolder)
            if exists, isFolder.boolValue { return files(under: path) }
            return (try? file(path)).map { [$0] } ?? []
        }
    }
}
