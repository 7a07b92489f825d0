import EventLog
import EventLogPromises
import Foundation
import GRDB
import Synchronization
import Testing

@testable import SQLiteEventLog

/// Files of all formats that a Sluice has written: each is brought to today's, with all that is in it; one that is
/// newer is left alone.
@Suite struct FormatTests {
    /// A log of four events, as the Sluice of a format left it at its end.
    private static func make(_ format: Int, _ logs: TemporaryLogs) async throws -> String {
        let path = logs.newPath()
        let script = try #require(
            Bundle.module.url(forResource: "format-\(format)", withExtension: "sql", subdirectory: "Fixtures"))
        let sql = try String(contentsOf: script, encoding: .utf8)
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
        try Data().write(to: URL(fileURLWithPath: path + "-lock"))
        guard format >= 2 else { return path }
        let use = try #require(UseID("00112233445566778899aabbccddeeff"))
        let place = LogPlace(path)
        let witness = LogWitness(
            use: use, file: place.fileInode, journal: 0, isInFile: true, head: 4, isClosed: true)
        try Data(witness.bytes).write(to: URL(fileURLWithPath: path + "-state"))
        return path
    }

    private static func format(_ path: String) async throws -> Int? {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try await queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    }

    @Test(arguments: 1...LogSchema.version)
    func `a file of each format goes on with all that is in it`(format: Int) async throws {
        try await TemporaryLogs.with { logs in
            let path = try await Self.make(format, logs)
            let log = try logs.open(path)
            #expect(log.epoch.text == "before" && log.newEpochReason == nil)
            let older = try #require(Epoch("older"))
            #expect(log.end(of: older) == 2)
            #expect(log.extent == LogExtent(floor: 0, head: 4, byteCount: 1210))
            #expect(try await log.readAll(for: Interest(user: "bob", topics: ["news"])).map(\.sequence) == [2, 3, 4])
            let retry = PublishKey(publisher: "shop", key: "order-1", digest: [1, 2, 3])
            let answer = try await log.append(EventBatch([NewEvent("1"), NewEvent("2")], key: retry))
            #expect(answer == Appended(epoch: log.epoch, first: 1, streamCounts: [7, 0], isRepeat: true))
            let told = ToldRevocations()
            log.follow(told.tail)
            #expect(told.all.map(\.target) == (format >= 3 ? [.user("mallory")] : []))
            let users = log.sessions.withLock { $0.all.map(\.user) }
            #expect(users == (format >= 4 ? ["alice"] : []))
            #expect(try await log.append(NewEvent("5")).first == 5)
            await log.close()
            #expect(try await Self.format(path) == LogSchema.version)
            #expect(try StoredLog(path: path).examine().allSatisfy { $0.outcome == .fine })
        }
    }

    @Test(arguments: 1..<LogSchema.version)
    func `a file of an older format is verified, counted and backed up as it is`(format: Int) async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (try await Self.make(format, logs), logs.newPath())
            let stored = StoredLog(path: path)
            #expect(try stored.figures().format == format)
            #expect(try stored.examine().filter { $0.outcome != .fine }.map(\.subject) == ["format"])
            _ = try stored.backUp(to: copy)
            #expect(try await Self.format(copy) == format, "the Sluice that made it can read it")
            #expect(try await Self.format(path) == format)
        }
    }

    @Test(arguments: 1...LogSchema.version)
    func `a backup of each format can be restored`(format: Int) async throws {
        try await TemporaryLogs.with { logs in
            let (backup, path) = (try await Self.make(format, logs), logs.newPath())
            _ = try StoredLog(path: path).restore(from: backup, now: ManualClock().now)
            let log = try logs.open(path)
            let before = try #require(Epoch("before"))
            #expect(log.epoch != before && log.end(of: before) == 4)
            #expect(log.extent == LogExtent(floor: 0, head: 4, byteCount: 1210))
        }
    }

    /// The file as a newer Sluice leaves it: a format of one more.
    @Test func `a file of a newer format is refused by all, and stays as it is`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, other) = (try await Self.make(LogSchema.version, logs), logs.newPath())
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: "PRAGMA user_version = \(LogSchema.version + 1)") }
            try queue.close()
            let before = try #require(FileManager.default.contents(atPath: path))
            let stored = StoredLog(path: path)
            let refusals: [() throws -> Void] = [
                { _ = try logs.open(path) }, { _ = try stored.examine() }, { _ = try stored.figures() },
                { _ = try stored.backUp(to: other) }, { _ = try stored.vacuum() },
                { _ = try StoredLog(path: other).restore(from: path, now: ManualClock().now) },
            ]
            for refused in refusals {
                let error = #expect(throws: LogFileError.self) { try refused() }
                #expect(error?.code == .newerVersion)
                #expect(error?.message.contains("was made by a newer Sluice (its format is 7") == true)
            }
            #expect(FileManager.default.contents(atPath: path) == before)
            #expect(!FileManager.default.fileExists(atPath: other))
        }
    }
}
