import EventLog
import EventLogPromises
import Foundation
import GRDB
import Testing

@testable import SQLiteEventLog

/// Files that come back from copies: what really happens at the next open.
@Suite struct IdentityTests {
    /// Ways in which an operator puts a copy in the log's place.
    enum Way: CaseIterable {
        case over, inPlaceOf, restore

        func put(_ copy: String, _ path: String) throws {
            let files = FileManager.default
            switch self {
            case .over:
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.truncate(atOffset: 0)
                try handle.write(contentsOf: files.contents(atPath: copy) ?? Data())
                try handle.close()
            case .inPlaceOf:
                try files.removeItem(atPath: path)
                try files.moveItem(atPath: copy, toPath: path)
            case .restore:
                let (source, target) = (try DatabaseQueue(path: copy), try DatabaseQueue(path: path))
                try source.backup(to: target)
                try source.close()
                try target.close()
            }
        }
    }

    private static func backUp(_ path: String, to copy: String) throws {
        let (source, target) = (try DatabaseQueue(path: path), try DatabaseQueue(path: copy))
        try source.backup(to: target)
        try source.close()
        try target.close()
    }

    private static func removeJournal(of path: String) {
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    @Test(arguments: Way.allCases, [false, true])
    func `a restored copy begins a new epoch behind what it shares`(way: Way, isOfEarlierUse: Bool) async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            var log = try logs.open(path)
            try await log.append(NewEvent("1"), NewEvent("2"))
            try Self.backUp(path, to: copy)
            if isOfEarlierUse {
                await log.close()
                let next = try logs.open(path)
                #expect(next.epoch == log.epoch && next.newEpochReason == nil)
                log = next
            }
            try await log.append(NewEvent("3"), NewEvent("4"))
            await log.close()
            try way.put(copy, path)

            let restored = try logs.open(path)
            #expect(restored.epoch != log.epoch, "\(way)")
            #expect(restored.newEpochReason != nil)
            #expect(restored.end(of: log.epoch) == 2)
            #expect(try await restored.append(NewEvent("5")).first == 3, "the sequence goes on, under another epoch")
            await restored.close()
            #expect(try logs.open(path).epoch == restored.epoch, "only once")
        }
    }

    /// What a kill leaves is simulated by the copy of a file beside its witness.
    @Test func `a copy of a killed use that is behind its witness begins a new epoch`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.append(NewEvent("1"))
            let older = try logs.copyAsKilled(path)
            try await log.append(NewEvent("2"))
            try logs.copyWitness(of: path, to: older)
            let restored = try logs.open(older)
            #expect(restored.newEpochReason == Continuity.Break.older.rawValue)
            #expect(restored.end(of: log.epoch) == 1)
        }
    }

    @Test func `starts that are killed before they write their witness change nothing`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.append(NewEvent("1"))
            await log.close()
            let witness = try #require(FileManager.default.contents(atPath: path + "-state"))
            for _ in 0..<3 {
                let killed = try logs.open(path)
                #expect(killed.epoch == log.epoch)
                await killed.close()
                try witness.write(to: URL(fileURLWithPath: path + "-state"))
            }
            #expect(try logs.open(path).newEpochReason == nil)
        }
    }

    @Test func `a copy beside the journal of the file that it replaces is refused`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let first = try logs.open(path)
            try await first.append(NewEvent("1"))
            await first.close()
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let second = try logs.open(path)
            try await second.append(NewEvent("2"))
            let killed = try logs.copyAsKilled(path)
            try Way.over.put(copy, killed)
            let refusal = #expect(throws: LogFileError.self) { try logs.open(killed) }
            #expect(refusal?.code == .foreignJournal)
            #expect(refusal?.message.contains("remove \(killed)-wal and \(killed)-shm") == true)
            #expect(FileManager.default.fileExists(atPath: killed + "-wal"), "nothing has been thrown away")

            Self.removeJournal(of: killed)
            let restored = try logs.open(killed)
            #expect(restored.head == 1 && restored.end(of: first.epoch) == 1)
        }
    }

    @Test func `a file in another's place beside that one's journal is refused`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            try await log.append(NewEvent("1"))
            let killed = try logs.copyAsKilled(path)
            try Self.backUp(path, to: copy)
            try Way.inPlaceOf.put(copy, killed)
            #expect(throws: LogFileError.foreignJournal(killed)) { try logs.open(killed) }
        }
    }

    @Test func `a file that was moved away without its journal can be had again`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.append(NewEvent("1"))
            let killed = try logs.copyAsKilled(path)
            let files = FileManager.default
            try files.moveItem(atPath: killed, toPath: killed + ".away")
            let empty = try logs.open(killed)
            #expect(empty.head == 0 && empty.epoch != log.epoch)
            await empty.close()
            try files.removeItem(atPath: killed)
            try files.moveItem(atPath: killed + ".away", toPath: killed)
            try files.moveItem(atPath: killed + "-wal-old", toPath: killed + "-wal")
            let again = try logs.open(killed)
            #expect(again.head == 1 && again.end(of: log.epoch) == 1)
        }
    }

    @Test func `a log without its witness begins a new epoch, which is the operator's way to ask for one`()
        async throws
    {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let before = try logs.open(path)
            try await before.append(NewEvent("1"))
            await before.close()
            try FileManager.default.removeItem(atPath: path + "-state")
            let after = try logs.open(path)
            #expect(after.epoch != before.epoch && after.end(of: before.epoch) == 1)
        }
    }

    @Test func `a log that is moved with all its files begins a new epoch`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, other) = (logs.newPath(), logs.newPath())
            let before = try logs.open(path)
            try await before.append(NewEvent("1"))
            await before.close()
            for suffix in ["", "-lock", "-state"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: other + suffix)
            }
            // Both may go on from here: they must not do so under one epoch.
            #expect(try logs.open(other).epoch != before.epoch)
            #expect(try logs.open(path).epoch == before.epoch)
        }
    }

    @Test func `a file of the version before goes on under its epoch, and is told from its copies from then on`()
        async throws
    {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let before = try logs.open(path)
            try await before.append(NewEvent("1"))
            await before.close()
            try FileManager.default.removeItem(atPath: path + "-state")
            let queue = try DatabaseQueue(path: path)
            try await queue.write { db in
                try db.execute(
                    sql: """
                        ALTER TABLE last_use DROP COLUMN use; ALTER TABLE last_use DROP COLUMN previous_use;
                        DROP TABLE revocation; DROP TABLE kept_session;
                        DROP TABLE publisher; ALTER TABLE event DROP COLUMN publisher;
                        PRAGMA user_version = 1
                        """)
            }
            try queue.close()
            try FileManager.default.copyItem(atPath: path, toPath: copy)

            let upgraded = try logs.open(path)
            #expect(upgraded.epoch == before.epoch && upgraded.newEpochReason == nil)
            try await upgraded.append(NewEvent("2"))
            await upgraded.close()
            try Way.over.put(copy, path)
            #expect(try logs.open(path).newEpochReason == Continuity.Break.otherUse.rawValue)
            #expect(throws: Never.self) { try FileManager.default.copyItem(atPath: copy, toPath: copy + "2") }
            #expect(try logs.open(copy + "2").newEpochReason == Continuity.Break.unwitnessed.rawValue)
        }
    }

    @Test func `the witness is private, and small enough to be written in one piece`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.append(NewEvent("1"))
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "-state")
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            #expect((attributes[.size] as? NSNumber)?.intValue == LogWitness.byteCount)
            #expect(WitnessFile.read(path + "-state")?.head == 1)
        }
    }
}
