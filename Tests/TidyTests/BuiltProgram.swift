// The program as it was built together with these tests, and what the system's tools say about it.

import Foundation
import Testing

/// The `sluice` binary that lies beside the running tests.
///
/// `swift test` runs the test bundle from the folder of its own configuration, and builds the package's programs into
/// the same folder. So the neighbour of the running executable is always the one to look at, in debug and release and
/// with any `--scratch-path`.
enum BuiltProgram {
    static func url() throws -> URL {
        let running = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let folder = running.deletingLastPathComponent()
        let program = folder.appendingPathComponent("sluice")
        try #require(
            FileManager.default.isExecutableFile(atPath: program.path),
            "no sluice beside the tests in \(folder.path); build it: swift build --build-tests")
        return program
    }

    /// What a tool of the system prints about the program.
    static func output(of tool: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments + [try url().path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(tool) failed; what it needs is installed by: make test")
        return String(decoding: output, as: UTF8.self)
    }
}
