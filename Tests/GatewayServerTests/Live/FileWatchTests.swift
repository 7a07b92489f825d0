// When changed files are loaded: told what they look like and what time it is.

import Foundation
import Testing

@testable import GatewayServer

@Suite struct FileWatchTests {
    private let folder: URL
    private let start = ContinuousClock.now

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-watch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private func write(_ text: String, to name: String, inPlace: Bool = false) throws {
        let url = folder.appendingPathComponent(name)
        guard inPlace else { return try Data(text.utf8).write(to: url, options: .atomic) }
        let file = try FileHandle(forWritingTo: url)
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private func stamps() -> FileWatch.Stamps { FileStamp.all(at: [path("a"), path("b")]) }

    @Test(arguments: [false, true])
    func aChangeIsLoadedWhenItIsQuiet(inPlace: Bool) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("one", to: "a")
        var watch = FileWatch(stamps())
        #expect(watch.look(stamps(), at: start) == .nothing)
        try write("two", to: "a", inPlace: inPlace)
        #expect(watch.look(stamps(), at: start + .seconds(1)) == .nothing, "its writer may not be done")
        #expect(watch.look(stamps(), at: start + .seconds(2)) == .load(isLastTry: false))
        watch.isDone(with: stamps())
        #expect(watch.look(stamps(), at: start + .seconds(3)) == .nothing)
    }

    /// As Kubernetes renews a Secret: the files are links into `..data`, which is a link to a folder that is swapped.
    @Test func aLinkThatIsSwappedIsAChange() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = FileManager.default
        for name in ["1", "2"] {
            try files.createDirectory(atPath: path(name), withIntermediateDirectories: true)
            try write("same", to: "\(name)/a")
        }
        try files.createSymbolicLink(atPath: path("..data"), withDestinationPath: "1")
        try files.createSymbolicLink(atPath: path("a"), withDestinationPath: "..data/a")
        let before = stamps()
        #expect(before.count == 1)
        try files.createSymbolicLink(atPath: path("..next"), withDestinationPath: "2")
        #expect(rename(path("..next"), path("..data")) == 0)
        #expect(stamps() != before)
    }

    @Test func aHalfWrittenPairIsWaitedForAndThenTold() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("certificate", to: "a")
        try write("key", to: "b")
        var watch = FileWatch(stamps())
        try write("another", to: "a")
        #expect(watch.look(stamps(), at: start) == .nothing)
        // It does not fit: nobody says that it is done with.
        for second in 1...4 { #expect(watch.look(stamps(), at: start + .seconds(second)) == .load(isLastTry: false)) }
        #expect(watch.look(stamps(), at: start + .seconds(5)) == .load(isLastTry: true))
        watch.isDone(with: stamps())
        #expect(watch.look(stamps(), at: start + .seconds(6)) == .nothing, "told once")
        try write("its key", to: "b")
        #expect(watch.look(stamps(), at: start + .seconds(7)) == .nothing)
        #expect(watch.look(stamps(), at: start + .seconds(8)) == .load(isLastTry: false))
    }

    @Test func aFileThatGoesAndComesIsAChange() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("one", to: "a")
        var watch = FileWatch(stamps())
        try FileManager.default.removeItem(atPath: path("a"))
        #expect(watch.look(stamps(), at: start) == .nothing)
        #expect(watch.look(stamps(), at: start + .seconds(1)) == .load(isLastTry: false))
        try write("one", to: "a")
        #expect(watch.look(stamps(), at: start + .seconds(2)) == .nothing)
        #expect(watch.look(stamps(), at: start + .seconds(3)) == .load(isLastTry: false))
    }

    @Test func whatNeverRestsIsLoadedAllTheSame() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try write("0", to: "a")
        var watch = FileWatch(stamps())
        for second in 0...4 {
            try write("\(second)", to: "a")
            #expect(watch.look(stamps(), at: start + .seconds(second)) == .nothing)
        }
        try write("5", to: "a")
        #expect(watch.look(stamps(), at: start + .seconds(5)) == .load(isLastTry: true))
    }
}
