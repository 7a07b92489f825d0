// Lengths are held twice: a hard limit for each file and function, and a ratchet on the distribution, so that the whole
// does not creep up to the limit.

import Testing

@Suite struct LengthTests {
    @Test func noFileIsLongerThan600Lines() {
        for file in SourceTree.sources + SourceTree.tests {
            let count = file.lines.count
            #expect(count <= 600, "\(file.path) has \(count) lines; split it by subject, one noun per file")
        }
    }

    /// `swift format` holds code to as many, and leaves comments as they are.
    @Test func commentsHave120ColumnsAtMost() {
        for file in SourceTree.all where file.path.hasSuffix(".swift") {
            for (index, line) in file.lines.enumerated() where line.drop(while: \.isWhitespace).hasPrefix("//") {
                #expect(line.count <= 120, "\(file.path):\(index + 1) has \(line.count) columns; 120 is the limit")
            }
        }
    }

    @Test func mostFilesAreShort() {
        let lengths = SourceTree.sources.map { $0.lines.count }.sorted()
        let (median, high) = (Self.quantile(0.5, of: lengths), Self.quantile(0.95, of: lengths))
        #expect(median <= 120, "the median file has \(median) lines; 120 is the limit: split the longest by subject")
        #expect(high <= 400, "the 95th percentile file has \(high) lines; 400 is the limit: split the longest")
    }

    @Test func noFunctionIsLongerThan70Lines() {
        for file in SourceTree.sources + SourceTree.tests {
            for function in file.code.functions {
                #expect(
                    function.length <= 70,
                    """
                    \(file.path):\(function.line): \(function.name) has \(function.length) lines of code; give its \
                    steps names of their own
                    """)
            }
        }
    }

    @Test func mostFunctionsAreShort() {
        let lengths = SourceTree.sources.flatMap { $0.code.functions.map(\.length) }.sorted()
        let (median, high) = (Self.quantile(0.5, of: lengths), Self.quantile(0.95, of: lengths))
        #expect(median <= 10, "the median function has \(median) lines of code; 10 is the limit")
        #expect(high <= 40, "the 95th percentile function has \(high) lines of code; 40 is the limit")
    }

    @Test func testsAreAsLongAsWhatTheyTest() {
        let sources = SourceTree.sources.reduce(0) { $0 + $1.lines.count }
        let tests = SourceTree.tests.reduce(0) { $0 + $1.lines.count }
        #expect(Double(tests) >= 0.9 * Double(sources), "\(tests) lines of tests for \(sources) lines of source")
    }

    /// The value below which `share` of the sorted values lie; 0 for none.
    private static func quantile(_ share: Double, of sorted: [Int]) -> Int {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}
