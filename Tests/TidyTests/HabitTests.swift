// Habits that a formatter cannot hold. Each failure names what to write instead.

import Testing

@Suite struct HabitTests {
    /// Words that turn off a check of the compiler or end the process, each with its replacement. The rooms that hold
    /// C may use them, with a comment in the line above that says why it is safe.
    private static let lastResorts: [(words: String, instead: String)] = [
        ("@unchecked Sendable", "make the state a value, an actor's, or hold it in a Mutex"),
        ("nonisolated(unsafe)", "isolate it, or hold it in a Mutex"),
        ("@preconcurrency", "import it as it is, and convert at the edge"),
        ("try!", "throw a typed error that says what to do"),
        ("as!", "use as? and handle nil, or a generic"),
        ("fatalError(", "throw; what only we can cause is a precondition with a sentence"),
        ("Unmanaged", "ask the room that holds the C library"),
        ("OpaquePointer", "ask the room that holds the C library"),
        ("unsafeBitCast", "convert the value"),
    ]

    @Test func lastResortsStayInTheRoomsThatHoldC() {
        for file in SourceTree.sources {
            let code = file.code.lines
            for (index, line) in code.enumerated() {
                for (words, instead) in Self.lastResorts where line.contains(words) {
                    let place = "\(file.path):\(index + 1): \(words)"
                    let isGuard = words == "Unmanaged" && file.path == Self.guardOfLives
                    guard House.holdC.contains(file.room ?? "") || isGuard else {
                        Issue.record("\(place): \(instead)")
                        continue
                    }
                    guard !Self.pointers.contains(words) else { continue }
                    let above = index > 0 ? file.lines[index - 1].drop(while: \.isWhitespace) : ""
                    #expect(above.hasPrefix("//"), "\(place): say why it is safe, in a comment in the line above")
                }
            }
        }
    }

    /// The one place that swaps an object under its readers: an atomic reference with safe reclamation is not in the
    /// library.
    private static let guardOfLives = "Sources/GatewayServer/Live/Live.swift"

    /// The trade of the rooms that hold C: no reason needed each time.
    private static let pointers: Set<String> = ["Unmanaged", "OpaquePointer"]

    @Test func testsUseSwiftTesting() {
        let module = "XC" + "Test"
        for file in SourceTree.tests {
            for found in file.imports where found.module == module {
                Issue.record("\(file.path):\(found.line): import \(module): use Swift Testing, `import Testing`")
            }
        }
    }

    @Test func testsDoNotSleep() {
        let harness = "Tests/BlackBoxTests/Harness/Eventually.swift"
        for file in SourceTree.tests where file.path != harness {
            for (index, line) in file.code.lines.enumerated() where line.contains("sleep(") {
                Issue.record("\(file.path):\(index + 1): sleeps; pass a clock in, or wait for a condition: eventually")
            }
        }
    }

    /// All tests of the rooms begin at once and share the processors: a test's next step may wait for a minute. What
    /// the real clock says there is the machine's load; only what would go on for ever is given a limit.
    @Test func testsOfTheRoomsMeasureNoTime() {
        let outside = "Tests/BlackBoxTests/"
        for file in SourceTree.tests where !file.path.hasPrefix(outside) {
            for (index, line) in file.code.lines.enumerated() {
                let place = "\(file.path):\(index + 1)"
                let measures = line.contains(/ContinuousClock\.now [-+<>]|[-<>] ContinuousClock\.now/)
                #expect(!measures, "\(place): measures time; pass a clock in, or a deadline that is far or near")
                let isShort = line.contains("timeLimit(.minutes(") && !line.contains("timeLimit(.minutes(10))")
                #expect(!isShort, "\(place): give it ten minutes, as all others have")
            }
        }
    }

    @Test func noTestIsTurnedOff() {
        for file in SourceTree.tests {
            for (index, line) in file.code.lines.enumerated() {
                for word in [".disabled", ".enabled(if"] where line.contains(word) {
                    Issue.record("\(file.path):\(index + 1): \(word): let it fail, and say what to install")
                }
            }
        }
    }

    @Test func everySourceFileOpensWithWhatItIsFor() {
        for file in SourceTree.sources {
            let first = file.lines.first {
                !$0.isEmpty && !$0.hasSuffix("import " + ($0.split(separator: " ").last ?? ""))
            }
            let opens = first?.hasPrefix("//") ?? false
            #expect(opens, "\(file.path): open it with a comment: what it is for, and what not")
        }
    }

    @Test func nothingIsLeftForLater() {
        let notes = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
        for file in SourceTree.all where file.path != "LICENSE" {
            for (index, line) in file.lines.enumerated() {
                let words = line.split { !($0.isLetter || $0.isNumber) }
                for note in notes where words.contains(Substring(note)) {
                    Issue.record("\(file.path):\(index + 1): \(note): do it, or file an issue")
                }
            }
        }
    }

    @Test func noFolderOrFileIsADrawerForEverything() {
        let drawers = ["util", "helper", "misc", "common"]
        for file in SourceTree.all {
            let name = file.path.lowercased()
            for drawer in drawers where name.contains(drawer) {
                Issue.record("\(file.path): name it after the noun it holds, not \"\(drawer)\"")
            }
        }
    }

    /// Who counts or looks for lines needs the same words each time. What differs from line to line is metadata.
    @Test func whatALogLineSaysIsConstant() throws {
        let call = try Regex(#"[lL]ogger\.(trace|debug|info|notice|warning|error|critical)\("#)
        for file in SourceTree.sources {
            for found in file.text.matches(of: call) {
                let message = file.text[found.range.upperBound...].prefix(1000)
                let end = message.firstRange(of: "metadata:")?.lowerBound ?? Self.endOfCall(message)
                let line = file.text[..<found.range.lowerBound].count { $0 == "\n" } + 1
                #expect(
                    !message[..<end].contains(#"\("#),
                    "\(file.path):\(line): a message with a value in it; give the value as metadata")
            }
        }
    }

    /// Programs look for them, too: one way to write them.
    @Test func whatALogLinesDataIsCalledIsInSmallLetters() throws {
        let name = try Regex(#"metadata\["([^"]*)"\]"#, as: (Substring, Substring).self)
        for file in SourceTree.sources {
            for found in file.text.matches(of: name) {
                let isPlain = found.output.1.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || "_0123456789.".utf8.contains($0)
                }
                #expect(isPlain, "\(file.path): \(found.output.1): write it as changes_not_told")
            }
        }
    }

    /// Where the bracket closes that was open before `text`.
    private static func endOfCall(_ text: Substring) -> String.Index {
        var depth = 1
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if depth == 0 { return index }
        }
        return text.endIndex
    }

    @Test func librariesDoNotPrint() {
        for file in SourceTree.sources where file.room != "sluice" {
            for (index, line) in file.code.lines.enumerated() {
                let calls = line.split { !($0.isLetter || $0.isNumber || "_(.".contains($0)) }
                for call in calls where call.hasPrefix("print(") || call.hasPrefix("debugPrint(") {
                    Issue.record("\(file.path):\(index + 1): prints; return the text, or log it")
                }
            }
        }
    }
}
