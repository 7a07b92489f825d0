import EventLog
import EventLogPromises
import Foundation
import GRDB
import Testing

@testable import SQLiteEventLog

/// What an operator's commands do to a log's file, with a log that has it open and without one.
@Suite struct StoredLogTests {
    private static let now = WallTime(milliseconds: 1_000_000)

    private static func fill(_ log: SQLiteEventLog, _ count: Int = 4) async throws {
        let audiences: [Audience] = [.user("alice"), .users(["alice", "bob"]), .topic("news"), .everyone]
        for number in 0..<count {
            let event = NewEvent(to: audiences[number % 4], "\(number + 1)")
            _ = try await log.append(EventBatch([event], publisher: "shop"))
        }
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    // MARK: backup

    @Test func `a backup of an open log holds what was acknowledged before it, in one private file`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            try await Self.fill(log)
            let extent = try StoredLog(path: path).backUp(to: copy)
            #expect(extent == log.extent)
            #expect(try Self.mode(copy) == 0o600)
            let files = try FileManager.default.contentsOfDirectory(atPath: logs.directory)
            #expect(files.filter { $0.hasPrefix("2.db") } == ["2.db"], "nothing is left beside it")
            #expect(try await log.append(NewEvent("5")).first == 5, "the log goes on")
            #expect(log.health.failure == nil)

            let opened = try logs.open(copy)
            #expect(try await opened.readAll().count == 3)
            #expect(opened.epoch != log.epoch && opened.end(of: log.epoch) == 4)
        }
    }

    @Test func `nothing is written over`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            try await Self.fill(try logs.open(path))
            try Data("a letter".utf8).write(to: URL(fileURLWithPath: copy))
            let error = #expect(throws: LogFileError.self) { try StoredLog(path: path).backUp(to: copy) }
            #expect(error?.code == .exists)
            #expect(FileManager.default.contents(atPath: copy) == Data("a letter".utf8))
        }
    }

    /// Whichever way a backup comes into the log's place, `-state` included, the epoch is another one: the copy says of
    /// itself that it is one.
    @Test(arguments: [false, true])
    func `a backup that is put back by hand begins a new epoch`(withState: Bool) async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            try await Self.fill(log)
            _ = try StoredLog(path: path).backUp(to: copy)
            let state = try #require(FileManager.default.contents(atPath: path + "-state"))
            await log.close()
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            // Over the old file: it keeps its inode, as with `cp`.
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: try #require(FileManager.default.contents(atPath: copy)))
            try handle.close()
            if withState { try state.write(to: URL(fileURLWithPath: path + "-state")) }
            #expect(try logs.open(path).newEpochReason == Continuity.Break.otherUse.rawValue)
        }
    }

    @Test func `there is nothing to back up where there is no log`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let missing = #expect(throws: LogFileError.self) { try StoredLog(path: path).backUp(to: copy) }
            #expect(missing?.message.hasPrefix("There is no event log at \(path)") == true)
            try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: path))
            let foreign = #expect(throws: LogFileError.self) { try StoredLog(path: path).backUp(to: copy) }
            #expect(foreign?.code == .foreign)
            #expect(try FileManager.default.contentsOfDirectory(atPath: logs.directory) == ["1.db"])
        }
    }

    // MARK: restore

    @Test func `a restore keeps the file of before, and what was revoked since`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            try await Self.fill(log)
            try await log.revoke(Revocation(.user("alice"), issuedBefore: 10, madeAt: Self.now))
            _ = try StoredLog(path: path).backUp(to: copy)
            try await Self.fill(log, 2)
            try await log.revoke(Revocation(.user("alice"), issuedBefore: 20, madeAt: Self.now))
            try await log.revoke(Revocation(.token("t"), issuedBefore: 0, madeAt: Self.now))
            await log.close()

            let restored = try StoredLog(path: path).restore(from: copy, now: Self.now)
            #expect(restored.extent.head == 4)
            #expect(restored.carried == 2)
            #expect(try Self.mode(path) == 0o600)
            let aside = try #require(restored.aside)
            #expect(aside == path + ".before-19700101T001640Z")
            #expect(try StoredLog(path: aside).figures().last == 6)

            let (again, told) = (try logs.open(path), ToldRevocations())
            again.follow(told.tail)
            #expect(Set(told.all.map { "\($0.target) \($0.issuedBefore)" }).count == 2)
            #expect(told.all.contains { $0.target == .user("alice") && $0.issuedBefore == 20 })
            #expect(again.epoch != log.epoch && again.end(of: log.epoch) == 4)
            #expect(again.newEpochReason != nil)
        }
    }

    @Test func `a restore is refused while the log is open, and from a file that is damaged`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            try await Self.fill(log, 400)
            let stored = StoredLog(path: path)
            _ = try stored.backUp(to: copy)
            let inUse = #expect(throws: LogFileError.self) { _ = try stored.restore(from: copy, now: Self.now) }
            #expect(inUse?.code == .inUse)
            await log.close()
            let before = try #require(FileManager.default.contents(atPath: path))
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: copy))
            try handle.seek(toOffset: 8192)
            try handle.write(contentsOf: Data(repeating: 0xaa, count: 8192))
            try handle.close()
            let damaged = #expect(throws: LogFileError.self) { _ = try stored.restore(from: copy, now: Self.now) }
            #expect(damaged?.code == .corrupt && damaged?.message.hasPrefix(copy) == true, "\(damaged?.message ?? "")")
            let own = #expect(throws: LogFileError.self) { _ = try stored.restore(from: path, now: Self.now) }
            #expect(own?.code == .exists)
            #expect(FileManager.default.contents(atPath: path) == before)
            #expect(try logs.open(path).epoch == log.epoch, "nothing has happened")
        }
    }

    @Test func `a restore where no log was, or a damaged one, with its journal`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy, target) = (logs.newPath(), logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            try await Self.fill(log)
            _ = try StoredLog(path: path).backUp(to: copy)
            let first = try StoredLog(path: target).restore(from: copy, now: Self.now)
            #expect(first.aside == nil && first.carried == 0)
            for suffix in ["", "-wal"] {
                try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: target + suffix))
            }
            let second = try StoredLog(path: target).restore(from: copy, now: Self.now)
            #expect(second.carried == nil, "its revocations can't be read")
            let aside = try #require(second.aside)
            #expect(FileManager.default.fileExists(atPath: aside + "-wal"))
            let opened = try logs.open(target)
            #expect(opened.head == 4)
        }
    }

    // MARK: verify

    private static func wrong(_ path: String) throws -> [String] {
        try StoredLog(path: path).examine().filter { $0.outcome == .wrong }.map { "\($0.subject): \($0.detail)" }
    }

    @Test func `an open log and a closed one are whole`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await Self.fill(log, 9)
            let open = try StoredLog(path: path).examine()
            #expect(open.allSatisfy { $0.outcome == .fine }, "\(open)")
            #expect(open.last?.detail == "a gateway has it open; its newest event is 9")
            await log.close()
            let closed = try StoredLog(path: path).examine()
            #expect(closed.allSatisfy { $0.outcome == .fine }, "\(closed)")
            #expect(closed.last?.detail == "the next start goes on under today's epoch")
        }
    }

    @Test func `what the next start makes of a copy is said`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, copy) = (logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            try await Self.fill(log)
            _ = try StoredLog(path: path).backUp(to: copy)
            let last = try #require(try StoredLog(path: copy).examine().last)
            #expect(last.outcome == .doubtful && last.detail.contains("begins a new epoch"))
            #expect(last.detail.contains(Continuity.Break.unwitnessed.rawValue))
        }
    }

    @Test(arguments: [
        (
            "DELETE FROM event WHERE sequence IN (3, 4); DELETE FROM recipient WHERE sequence IN (3, 4)",
            "3 to 4 are missing"
        ),
        ("UPDATE event SET total = total + 1 WHERE sequence = 5", "the sum at 5"),
        ("DELETE FROM recipient WHERE sequence = 6", "6 is not found by one that it is for"),
        ("INSERT INTO recipient (audience, sequence) VALUES ('u:eve', 1)", "has 12 entries, and the events have 11"),
        ("UPDATE event SET audience = 'x' WHERE sequence = 2", "2 is for nobody"),
        ("UPDATE event SET name = 'a' || char(10) || 'b' WHERE sequence = 2", "2 has a name that none may have"),
        ("UPDATE publisher SET bytes = bytes + 1", "1 sums are not those of the publishers' events"),
        ("UPDATE epoch SET name = 'NOT ONE'", "epochs: there is none"),
        ("UPDATE epoch SET begins_after = 99", "epochs: one begins behind"),
        (
            "INSERT INTO revocation (kind, name, issued_before, made_at) VALUES ('all', '', 1, 1)",
            "a revocation is of no known kind"
        ),
        (
            "INSERT INTO publish_key (publisher, key, digest, first, stream_counts, expires_at) VALUES ('a', 'b', X'00', 99, '0', 1)",
            "publish keys: 1 of 1"
        ),
    ])
    func `what does not fit together is found`(change: String, said: String) async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await Self.fill(log, 9)
            await log.close()
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: change) }
            try queue.close()
            let wrong = try Self.wrong(path)
            #expect(wrong.contains { $0.contains(said) }, "\(wrong)")
        }
    }

    @Test func `damaged pages are found, and the other things are still looked at`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await Self.fill(log, 2000)
            await log.close()
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try handle.seek(toOffset: UInt64(FileIdentity.size(at: path) / 2))
            try handle.write(contentsOf: Data(repeating: 0xaa, count: 8192))
            try handle.close()
            let wrong = try Self.wrong(path)
            #expect(wrong.contains { $0.hasPrefix("structure: ") }, "\(wrong)")
            #expect(try StoredLog(path: path).examine().contains { $0.subject == "last use" })
        }
    }

    // MARK: stats and vacuum

    @Test func `the figures are those of the log`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await Self.fill(log, 9)
            let key = PublishKey(publisher: "shop", key: "order", digest: [1])
            _ = try await log.append(EventBatch([NewEvent()], key: key))
            try await log.revoke(Revocation(.user("alice"), issuedBefore: 10, madeAt: Self.now))
            let figures = try StoredLog(path: path).figures()
            #expect(figures.isInUse && figures.format == LogSchema.version && figures.epoch == log.epoch.text)
            #expect(figures.events == 10 && figures.first == 1 && figures.last == 10)
            #expect(figures.bytes == log.extent.byteCount)
            #expect(
                figures.audiences.map { "\($0.audience) \($0.events)" } == [
                    "everyone 3", "user 3", "users 2", "topic 2",
                ])
            #expect(figures.audiences.reduce(0) { $0 + $1.bytes } == figures.bytes)
            #expect(figures.oldest == Self.now && figures.newest == Self.now)
            #expect(figures.publishKeys == 1 && figures.revocations == 1 && figures.publishers == 1)
            #expect(figures.fileBytes > 0 && figures.journalBytes > 0)
            await log.close()
            #expect(try StoredLog(path: path).figures().journalBytes == 0)
        }
    }

    @Test func `a log without events has figures, too`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            _ = try logs.open(path)
            let figures = try StoredLog(path: path).figures()
            #expect(figures.events == 0 && figures.oldest == nil && figures.audiences.isEmpty)
        }
    }

    @Test func `room that no event needs goes back, and the log goes on`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await Self.fill(log, 3000)
            let stored = StoredLog(path: path)
            let inUse = #expect(throws: LogFileError.self) { _ = try stored.vacuum() }
            #expect(inUse?.code == .inUse)
            await log.close()
            let smaller = try logs.open(path, LogSettings(bytes: 1 << 24, events: 10))
            await smaller.upkeep()
            await smaller.close()
            #expect(try stored.figures().freeBytes > 100_000)
            let (before, after) = try stored.vacuum()
            #expect(after < before / 2, "\(before) → \(after)")
            #expect(try stored.figures().freeBytes == 0)
            let again = try logs.open(path)
            #expect(again.epoch == log.epoch && again.head == 3000 && again.newEpochReason == nil)
            #expect(try await again.append(NewEvent()).first == 3001)
        }
    }

    // MARK: copy

    @Test func `a held log gives its events with what is left of their time, and keeps gateways away`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, clock) = (logs.newPath(), ManualClock())
            let log = try logs.open(path, LogSettings(bytes: 1 << 24), .forTests(), clock)
            try await log.append(
                NewEvent(to: .user("alice"), "1", timeToLive: 60), NewEvent(to: .everyone, "2", timeToLive: 5))
            try await log.append(NewEvent(to: .users(["bob", "alice"]), "3"))
            #expect(throws: LogFileError.self) { _ = try StoredLog(path: path).hold() }
            await log.close()
            let held = try StoredLog(path: path).hold()
            clock.advance(seconds: 10)
            #expect(throws: LogFileError.self) { _ = try logs.open(path) }
            let first = try held.piece(after: 0, limit: 2, now: clock.now)
            #expect(first.events.map(\.timeToLive) == [50] && first.expired == 1 && first.position == 2)
            let second = try held.piece(after: 2, limit: 2, now: clock.now)
            #expect(second.events.map(\.audience) == [.users(["bob", "alice"])] && second.position == 3)
            held.release()
            #expect(try logs.open(path).epoch == log.epoch)
        }
    }
}
