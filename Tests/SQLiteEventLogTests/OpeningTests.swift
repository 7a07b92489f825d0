import EventLog
import EventLogPromises
import Foundation
import Synchronization
import Testing

@testable import SQLiteEventLog

/// Files that a log can't use: what the operator reads at start.
@Suite struct OpeningTests {
    /// Tries to open a file, and gives what it was refused with. Who only looks at it says the same beforehand.
    private static func refusal(
        _ logs: TemporaryLogs, _ path: String, source: SourceLocation = #_sourceLocation
    ) -> LogFileError? {
        let before = listing(logs)
        let foreseen = error { () throws(LogFileError) in try SQLiteEventLog.vet(path: path) }
        #expect(listing(logs) == before, "a look leaves no trace", sourceLocation: source)
        let found = error { () throws(LogFileError) in _ = try logs.open(path) }
        #expect(foreseen == found, sourceLocation: source)
        return found
    }

    private static func error(of body: () throws(LogFileError) -> Void) -> LogFileError? {
        do throws(LogFileError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// The files that there are, with their sizes.
    private static func listing(_ logs: TemporaryLogs) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: logs.directory)) ?? []
        return names.sorted().map { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(logs.directory)/\(name)")
            return "\(name) \(attributes?[.size] ?? "") \(attributes?[.modificationDate] ?? "")"
        }
    }

    @Test func `a file that was not closed, and one that is not there, can be opened`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.append(NewEvent())
            let copy = try logs.copyAsKilled(path)
            #expect(Self.refusal(logs, copy) == nil)
            #expect(Self.refusal(logs, logs.newPath()) == nil)
        }
    }

    /// A closed log's file, with enough in it to have pages in the middle.
    private static func file(_ logs: TemporaryLogs) async throws -> String {
        let path = logs.newPath()
        let log = try logs.open(path)
        for _ in 0..<5 {
            let events = Array(repeating: NewEvent(String(repeating: "x", count: 900)), count: 40)
            _ = try await log.append(EventBatch(events))
        }
        await log.close()
        return path
    }

    @Test func `the directory is missing`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.directory + "/nowhere/log.db"
            let refusal = try #require(Self.refusal(logs, path))
            #expect(refusal.code == .directoryMissing)
            #expect(refusal.message.hasPrefix("The directory \(logs.directory)/nowhere for the event log \(path) does"))
        }
    }

    @Test func `the path is a directory`() async throws {
        try await TemporaryLogs.with { logs in
            let refusal = try #require(Self.refusal(logs, logs.directory))
            #expect(refusal.code == .notAFile)
            #expect(refusal.message.contains("\(logs.directory), which is not a regular file"))
        }
    }

    @Test func `the file is open already`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            let refusal = try #require(Self.refusal(logs, path))
            #expect(refusal.code == .inUse)
            #expect(refusal.message.hasPrefix("\(path) is in use by another Sluice."))
            #expect(try await log.append(NewEvent()).first == 1, "the one that has it goes on")
            await log.close()
            #expect(Self.refusal(logs, path) == nil)
        }
    }

    /// `sluice check` looks, and a gateway may start in that moment.
    @Test func `who only looks keeps nobody from opening the log`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            await (try logs.open(path)).close()
            let isOver = Mutex(false)
            let looks = Atomic(0)
            Thread.detachNewThread {
                while !isOver.withLock({ $0 }) {
                    let looker = open(path + "-lock", O_RDONLY)
                    if flock(looker, LOCK_SH | LOCK_NB) == 0 { looks.add(1, ordering: .relaxed) }
                    close(looker)
                }
            }
            defer { isOver.withLock { $0 = true } }
            for _ in 1...100 { await (try logs.open(path)).close() }
            #expect(looks.load(ordering: .relaxed) > 0)
        }
    }

    /// A process that this one has just forked has a copy of each descriptor until it begins its own program.
    @Test func `a closed log is free although somebody still has its lock's descriptor`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            let copy = try #require(Self.copyOfDescriptor(of: path + "-lock"))
            defer { close(copy) }
            await log.close()
            #expect(Self.refusal(logs, path) == nil)
        }
    }

    private static func copyOfDescriptor(of file: String) -> CInt? {
        let own = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        let found = own.first {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == file
        }
        return found.flatMap { CInt($0) }.map { dup($0) }
    }

    @Test(arguments: ["", "SQLite format 3"]) func `the file is something else`(beginning: String) async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let content = Data((beginning + String(repeating: "not an event log\n", count: 500)).utf8)
            try content.write(to: URL(fileURLWithPath: path))
            let refusal = try #require(Self.refusal(logs, path))
            #expect(refusal.code == .foreign)
            #expect(refusal.message.hasPrefix("\(path) is not an event log of Sluice"))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == content, "it is left as it is")
        }
    }

    @Test func `the file is another program's SQLite file`() async throws {
        try await TemporaryLogs.with { logs in
            let path = try await Self.file(logs)
            // The application's id in SQLite's header.
            try Self.overwrite(path, at: 68, with: [0, 0, 0, 9])
            #expect(Self.refusal(logs, path)?.code == .foreign)
        }
    }

    @Test func `the file is a newer version's`() async throws {
        try await TemporaryLogs.with { logs in
            let path = try await Self.file(logs)
            // The user's version in SQLite's header.
            try Self.overwrite(path, at: 60, with: [0, 0, 0, 7])
            let refusal = try #require(Self.refusal(logs, path))
            #expect(refusal.code == .newerVersion)
            #expect(refusal.message.contains("was made by a newer Sluice (its format is 7, this Sluice knows 6)"))
        }
    }

    @Test func `the file is damaged in its middle`() async throws {
        try await TemporaryLogs.with { logs in
            let path = try await Self.file(logs)
            let size = try Self.size(path)
            try Self.overwrite(path, at: size / 2, with: Array(repeating: 0xAA, count: size / 4))
            let refusal = try #require(Self.refusal(logs, path))
            #expect(refusal.code == .corrupt)
            #expect(refusal.message.hasPrefix("\(path) is damaged ("))
            #expect(refusal.message.contains("move it away together with \(path)-wal"))
        }
    }

    @Test(arguments: [0.9, 0.5, 0.1]) func `the file is cut off`(at part: Double) async throws {
        try await TemporaryLogs.with { logs in
            let path = try await Self.file(logs)
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.truncate(atOffset: UInt64(Double(try Self.size(path)) * part))
            try handle.close()
            #expect(Self.refusal(logs, path)?.code == .corrupt)
        }
    }

    @Test func `damage that opening did not look for is told to whoever reads it`() async throws {
        try await TemporaryLogs.with { logs in
            let path = try await Self.file(logs)
            let size = try Self.size(path)
            try Self.overwrite(path, at: size / 2 / 4096 * 4096, with: Array(repeating: 0xAA, count: 65_536))
            var engine = SQLiteLogSettings.forTests()
            engine.checkedBytes = 0
            let log = try logs.open(path, LogSettings(bytes: 1 << 24), engine)
            let error = await #expect(throws: EventLogError.self) { _ = try await log.readAll() }
            #expect(error?.code == .unavailable)
            #expect(error?.message.hasPrefix("The event log \(path) is damaged") == true)
            #expect(try await log.append(NewEvent()).first == 201, "what is whole goes on")
            #expect(try await log.read(after: 200).events.count == 1)
        }
    }

    @Test func `neither the file nor its directory can be written`() async throws {
        try await TemporaryLogs.with { logs in
            let path = try await Self.file(logs)
            let files = FileManager.default
            try files.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path + "-lock")
            try files.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            let ofFile = try #require(asNobody { Self.refusal(logs, path) })
            #expect(ofFile.code == .notWritable)
            #expect(ofFile.message.hasPrefix("\(path) can't be written (Permission denied)."))
            try files.setAttributes([.posixPermissions: 0o555], ofItemAtPath: logs.directory)
            let ofDirectory = try #require(asNobody { Self.refusal(logs, logs.directory + "/new.db") })
            #expect(ofDirectory.code == .notWritable)
            #expect(ofDirectory.message.contains("to create files in its directory"))
            try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: logs.directory)
        }
    }

    @Test func `all files are private`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.append(NewEvent())
            for suffix in ["", "-wal", "-shm", "-lock"] {
                let mode = try FileManager.default.attributesOfItem(atPath: path + suffix)[.posixPermissions]
                #expect((mode as? NSNumber)?.intValue == 0o600, "\(suffix)")
            }
        }
    }

    private static func size(_ path: String) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: path)).count
    }

    private static func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }
}
