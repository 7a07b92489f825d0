// `package` opens a name to every room. A name that no other room has is open for nothing: it hides what a room is for,
// and nobody dares to change it. Tests see a room from inside: `@testable import`.

import Testing

@Suite struct AccessTests {
    /// What a protocol asks for that another room or module calls by the protocol's own words.
    private static let witnesses: Set<String> = [
        "debugDescription", "description", "logLevel", "makeAsyncIterator", "streamsDelayed", "unownedExecutor",
        "decrement", "increment", "record", "recordNanoseconds", "reset", "set", "destroyCounter",
        "destroyFloatingPointCounter", "destroyMeter", "destroyRecorder", "destroyTimer", "makeCounter",
        "makeFloatingPointCounter", "makeMeter", "makeRecorder", "makeTimer",
        // Codes of RFC 9113 §7, all of which stand in their table.
        "compressionError", "enhanceYourCalm", "flowControlError", "frameSizeError", "protocolError",
        // What the standard library asks for.
        "customMirror",
        // What the tests from outside use of the two rooms for NATS, as another room would.
        "answerTime", "isTLSFirst", "loginTime", "openingTime", "readTally", "steps",
    ]

    @Test func whatIsOpenIsNamedByAnotherRoom() {
        let files = SourceTree.all.filter { $0.path.hasSuffix(".swift") && Self.home(of: $0) != nil }
        var homes: [Substring: Set<String>] = [:]
        for file in files {
            guard let home = Self.home(of: file) else { continue }
            for word in Set(file.code.lines.flatMap { $0.split { !$0.isLetter && !$0.isNumber && $0 != "_" } }) {
                homes[word, default: []].insert(home)
            }
        }
        for file in SourceTree.sources where !House.standsAlone.contains(file.room ?? "") {
            for (index, line) in file.code.lines.enumerated() {
                guard let name = Self.openName(in: line), !Self.witnesses.contains(name) else { continue }
                #expect(
                    homes[Substring(name)]?.contains { $0 != file.room } == true,
                    "\(file.path):\(index + 1): no other room has \(name); take its `package` away")
            }
        }
    }

    /// A room is let off only until somebody uses it.
    @Test func whoStandsAloneIsUsedByNobody() throws {
        let targets = try Manifest.read().targets
        for room in House.standsAlone {
            let users = targets.filter { $0.isRoom && $0.dependencies.contains(room) }.map(\.name)
                .filter { !House.standsAlone.contains($0) }
            #expect(users.isEmpty, "\(users) use \(room): take it out of House.standsAlone")
            #expect(targets.contains { $0.name == room }, "House.standsAlone names \(room), which is no room")
        }
    }

    /// The target that a file of the package belongs to, unless it is a test: those see what is not open.
    private static func home(of file: ProjectFile) -> String? {
        let parts = file.path.split(separator: "/")
        if file.path.hasPrefix("Tests/Support/") || file.path.hasPrefix("bench/") {
            return String(parts[parts.count - 2])
        }
        return file.room
    }

    /// The name that a line declares for other rooms.
    private static func openName(in line: String) -> String? {
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        guard let open = words.firstIndex(of: "package"), let kind = words.firstIndex(where: kinds.contains),
            open < kind
        else { return nil }
        return words.dropFirst(kind + 1).first.map(String.init)
    }

    /// Not types: another room has those of what it calls without naming them.
    private static let kinds: Set<Substring> = ["func", "var", "let"]
}
