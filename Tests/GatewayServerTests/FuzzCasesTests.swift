// Replays what a fuzzer found once, and a good input of each kind that it starts from.

import Foundation
import FuzzTargets
import Testing

@Suite struct FuzzCasesTests {
    /// `FuzzCases/TARGET/*`: a file is an input.
    private static func cases(_ target: FuzzTarget) throws -> [URL] {
        let folder = Bundle.module.bundleURL.appendingPathComponent("FuzzCases/\(target.rawValue)")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }

    /// A trap ends the process, and names the file by what was printed last.
    @Test(arguments: FuzzTarget.allCases) func eachInputIsReadWithoutATrap(target: FuzzTarget) throws {
        let files = try Self.cases(target)
        try #require(!files.isEmpty, "\(target.rawValue) has no input to start from")
        for file in files {
            let bytes = Array(try Data(contentsOf: file))
            target.read(bytes)
            // As a fuzzer begins: each shorter one, in pieces of one byte.
            for count in 0..<min(bytes.count, 512) { target.read(Array(bytes.prefix(count))) }
            target.read([1] + bytes.dropFirst())
        }
    }
}
