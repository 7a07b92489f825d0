// A folder of its own for each test, and the places in the package that the tests read.

import Foundation
import Testing

/// A temporary folder that is removed together with this object.
final class Workspace: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-" + UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A path in the folder.
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Writes a file in the folder and returns its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        return path(name)
    }

    /// A path in the folder that no call has returned before, for output.
    func freshPath(_ name: String) -> String { path("\(name)-\(UUID().uuidString)") }
}

/// Places in the package.
enum Package {
    /// The package's folder: the nearest one above this file that holds `Package.swift`.
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) { break }
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    static func path(_ name: String) -> String { root.appendingPathComponent(name).path }

    /// A script in `Clients`.
    static func client(_ name: String) -> String { path("Tests/BlackBoxTests/Clients/" + name) }

    /// The `sluice` that was built together with these tests, in the folder they run from. `SLUICE_PROGRAM` names
    /// another one, to hold a release or an installed package to the same promises.
    static func program() throws -> String {
        if let named = ProcessInfo.processInfo.environment["SLUICE_PROGRAM"] { return named }
        let running = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return try tool(running.deletingLastPathComponent().appendingPathComponent("sluice").path)
    }

    /// The Python that has the client libraries.
    static func python() throws -> String { try tool(path(".venv/bin/python")) }

    /// A path, if something executable is there. A missing tool is a failure, never a skipped test.
    static func tool(_ path: String) throws -> String {
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is missing; to get it: make test")
        return path
    }
}
