// Nothing in the project may depend on where one machine keeps things.

import Testing

@Suite struct MachineTests {
    /// Folders of one machine or one person. Taken apart, so that this file does not name them itself.
    private static let folders = ["wo" + "rk", "ro" + "ot", "ho" + "me", "fa" + "rm", "Us" + "ers"]

    /// Characters that go on with a path or a name, so that `/` after them starts no absolute path.
    private static let continues: Set<Character> = [".", "_", "~", "$", "}", "-", "*"]

    @Test func noPathOfOneMachineIsInTheTree() {
        for file in SourceTree.all {
            for (index, line) in file.lines.enumerated() {
                for path in Self.machinePaths(in: line) {
                    Issue.record("\(file.path):\(index + 1): \(path): write it relative to the package, or take it in")
                }
            }
        }
    }

    @Test func theSearchKnowsAPathFromAName() {
        let folder = "/" + Self.folders[0] + "/"
        #expect(Self.machinePaths(in: "cd \(folder)x") == [folder])
        #expect(Self.machinePaths(in: "\(folder)x") == [folder])
        #expect(Self.machinePaths(in: "https://example.org\(folder)x $HERE\(folder)x") == [])
        #expect(Self.machinePaths(in: "${A}\(folder) ./a.\(folder) ~\(folder) *\(folder)") == [])
    }

    private static func machinePaths(in line: Substring) -> [String] {
        guard line.contains("/") else { return [] }
        return folders.map { "/" + $0 + "/" }.filter { path in
            line.ranges(of: path).contains { range in
                guard range.lowerBound > line.startIndex else { return true }
                let before = line[line.index(before: range.lowerBound)]
                return !(before.isLetter || before.isNumber || continues.contains(before))
            }
        }
    }
}
