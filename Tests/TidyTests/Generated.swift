// Lines of a document that are written from the code. A test holds them to what it would write, and writes them when
// asked.

import Foundation
import Testing

enum Generated {
    /// Holds the lines between two marks of a file to what `make` makes of them.
    ///
    /// With `SLUICE_WRITE_TABLES` in the environment they are written first: `make tables`.
    ///
    /// - Parameter make: gets the lines as they stand, and returns them as they should.
    static func hold(
        _ path: String, between begin: String, and end: String, make: ([String]) -> [String]
    ) throws {
        var lines = try SourceTree.file(path).text.split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        let first = try #require(lines.firstIndex(of: begin), "\(path) has no line \(begin)")
        let last = try #require(lines.firstIndex(of: end), "\(path) has no line \(end)")
        let (found, made) = (Array(lines[(first + 1)..<last]), make(Array(lines[(first + 1)..<last])))
        if found != made, ProcessInfo.processInfo.environment["SLUICE_WRITE_TABLES"] != nil {
            lines.replaceSubrange((first + 1)..<last, with: made)
            try lines.joined(separator: "\n").write(
                to: SourceTree.root.appendingPathComponent(path), atomically: true, encoding: .utf8)
            return
        }
        let (missing, tooMany) = (made.filter { !found.contains($0) }, found.filter { !made.contains($0) })
        #expect(found == made, "\(path): missing \(missing), too many \(tooMany): make tables")
    }
}
