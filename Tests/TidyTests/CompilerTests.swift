// Shapes that the compiler takes and translates wrongly when it optimises: no test of a debug build can see them.

import Testing

@Suite struct CompilerTests {
    /// Swift 6.3.1, `-O`: what a closure of `addTask` returns from within a `do` is lost, or the process crashes, where
    /// it is as large as a tuple. No gateway of a release build could verify `log.durability: full`.
    @Test func aTaskOfAGroupReturnsNothingFromWithinADo() {
        for file in SourceTree.sources {
            let lines = file.code.lines
            for (index, line) in lines.enumerated() where line.contains(/addTask(\([^)]*\))? \{/) {
                let found = Self.returnWithinDo(lines[(index + 1)...], deeperThan: Self.indentation(of: line))
                #expect(
                    !found, "\(file.path):\(index + 1): put the `do` in a function of its own, which the task calls")
            }
        }
    }

    @Test func theShapeIsFound() {
        let wrong = ["tasks.addTask {", "    do throws(E) {", "        return (1, 2)", "    } catch {", "    }", "}"]
        #expect(Self.returnWithinDo(wrong[1...], deeperThan: 0))
        let right = ["tasks.addTask {", "    do {", "        a()", "    }", "    return 1", "}", "do {", "    return"]
        #expect(!Self.returnWithinDo(right[1...], deeperThan: 0))
    }

    private static func indentation(of line: String) -> Int { line.prefix { $0 == " " }.count }

    /// - Parameter lines: those of a closure, and what follows it.
    private static func returnWithinDo(_ lines: ArraySlice<String>, deeperThan outside: Int) -> Bool {
        var depth: Int?
        for line in lines.prefix(while: { $0.isEmpty || indentation(of: $0) > outside }) where !line.isEmpty {
            if let within = depth, indentation(of: line) <= within, !line.contains("catch") { depth = nil }
            if line.contains(/^ *do( throws\(\w+\))? \{/) { depth = depth ?? indentation(of: line) }
            if depth != nil, line.contains(/^ *return\b/) { return true }
        }
        return false
    }
}
