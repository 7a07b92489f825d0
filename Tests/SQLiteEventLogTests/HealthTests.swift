import EventLog
import EventLogPromises
import Foundation
import GRDB
import Synchronization
import Testing

@testable import SQLiteEventLog

/// What a log does, and tells, when its files or its disk fail under it.
@Suite struct HealthTests {
    /// Keeps what a log reports: each change, once.
    private final class Reports: Sendable {
        private let codes = Mutex<[String]>([])
        var all: [String] { codes.withLock { $0 } }

        func take(_ health: LogHealth) {
            let code = health.failure?.code.name ?? "ok"
            codes.withLock { codes in
                if codes.last != code { codes.append(code) }
            }
        }
    }

    private static func watched(_ log: SQLiteEventLog) -> Reports {
        let reports = Reports()
        log.watch { reports.take($0) }
        return reports
    }

    private static func refusal(_ log: SQLiteEventLog) async -> EventLogError? {
        do {
            try await log.append(NewEvent("x"))
            return nil
        } catch {
            return error as? EventLogError
        }
    }

    private static func move(_ path: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: path, toPath: other)
    }

    @Test func `a trial is a commit that keeps nothing, and says why there is none`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.append(NewEvent("1"))
            let probe = { @Sendable () async -> EventLogError? in
                await withCheckedContinuation { continuation in log.probe { continuation.resume(returning: $0) } }
            }
            // A trial that writes nothing would not see a disk that takes nothing.
            for _ in 1...3 {
                let before = try Data(contentsOf: URL(filePath: path + "-wal"))
                #expect(await probe() == nil)
                #expect(try Data(contentsOf: URL(filePath: path + "-wal")) != before, "a page in the journal")
            }
            #expect(log.head == 1, "no event")
            try Self.move(path, to: path + ".away")
            #expect(await probe()?.code == .moved)
            #expect(log.health.failure?.code == .moved, "and whoever watches the log hears of it")
            try Self.move(path + ".away", to: path)
            #expect(await probe() == nil && log.health.failure == nil)
            await log.close()
            #expect(await probe()?.code == .closed)
        }
    }

    @Test(arguments: LogPlace.suffixes)
    func `a file that is moved away is told at once, and publishing goes on when it is back`(
        suffix: String
    ) async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            let reports = Self.watched(log)
            try await log.append(NewEvent("1"))
            try Self.move(path + suffix, to: path + ".away")
            let refusal = try #require(await Self.refusal(log))
            #expect(refusal.code == .moved)
            #expect(refusal.message.hasPrefix("\(path)\(suffix) is gone while Sluice has it open"))
            #expect(log.health.failure?.code == .moved)
            try Self.move(path + ".away", to: path + suffix)
            await log.look()
            #expect(log.health.failure == nil)
            #expect(try await log.append(NewEvent("2")).first == 2, "nothing was written meanwhile")
            #expect(reports.all == ["ok", "log-moved", "ok"])
        }
    }

    @Test func `who follows is told once that the file is gone, and that it is back, between the events`() async throws
    {
        try await TemporaryLogs.with { logs in
            let (path, clock) = (logs.newPath(), ManualClock())
            let log = try logs.open(path, LogSettings(bytes: 1 << 24), .forTests(), clock)
            let tail = Followed()
            log.follow(tail.hear)
            try await log.append(NewEvent("1"))
            try Self.move(path, to: path + ".away")
            clock.advance(seconds: 10)
            for _ in 0..<2 { #expect(await Self.refusal(log)?.code == .moved) }
            await log.look()
            #expect(log.health.cutOffSince == clock.now)
            try Self.move(path + ".away", to: path)
            clock.advance(seconds: 10)
            try await log.append(NewEvent("2"))
            await log.look()
            #expect(log.health.cutOffSince == nil)
            #expect(tail.words == ["epoch", "1", "interrupted 1010000", "2", "resumed"])
        }
    }

    @Test func `a file that comes back without publishers is told, too`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            let tail = Followed()
            log.follow(tail.hear)
            try Self.move(path, to: path + ".away")
            await log.look()
            try Self.move(path + ".away", to: path)
            await log.look()
            #expect(tail.words == ["epoch", "interrupted 1000000", "resumed"])
        }
    }

    /// What a tail is told.
    private final class Followed: Sendable {
        private let heard = Mutex<[String]>([])
        var words: [String] { heard.withLock { $0 } }

        var hear: Tail {
            Tail { element in
                let words: [String] =
                    switch element {
                    case .events(let events): events.map { String($0.sequence) }
                    case .epochBegan: ["epoch"]
                    case .overtaken: ["overtaken"]
                    case .interrupted(let since): ["interrupted \(since.milliseconds)"]
                    case .resumed: ["resumed"]
                    case .revoked: ["revoked"]
                    case .sessions: ["sessions"]
                    case .disconnected: ["disconnected"]
                    case .renewed: ["renewed"]
                    }
                self.heard.withLock { $0 += words }
            }
        }
    }

    @Test func `a file that is moved away is told without publishers, too`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            let reports = Self.watched(log)
            try Self.move(path, to: path + ".away")
            await log.look()
            #expect(reports.all == ["ok", "log-moved"])
        }
    }

    @Test func `another file in its place is told, and the streams still read the one that is open`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path, LogSettings(bytes: 1 << 24), .forTests(cacheBytes: 1))
            try await log.append(NewEvent("1"), NewEvent("2"))
            try FileManager.default.removeItem(atPath: path)
            try Data("another".utf8).write(to: URL(fileURLWithPath: path))
            let refusal = try #require(await Self.refusal(log))
            #expect(refusal.message.hasPrefix("\(path) is another file while Sluice has it open"))
            #expect(try await log.readAll().map(\.sequence) == [1, 2])
        }
    }

    @Test func `the directory is gone`() async throws {
        try await TemporaryLogs.with { logs in
            let folder = logs.directory + "/folder"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            let log = try logs.open(folder + "/log.db")
            try await log.append(NewEvent("1"))
            try FileManager.default.removeItem(atPath: folder)
            #expect(await Self.refusal(log)?.code == .moved)
        }
    }

    @Test func `a file that became read-only is told, and tried again without publishers`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath())
            let reports = Self.watched(log)
            await log.setReadOnly(true)
            let refusal = try #require(await Self.refusal(log))
            #expect(refusal.code == .readOnly)
            #expect(refusal.message.contains("can't be written any more"))
            await log.look()
            #expect(log.health.failure?.code == .readOnly, "it has been tried")
            await log.setReadOnly(false)
            await log.look()
            #expect(reports.all == ["ok", "log-read-only", "ok"])
            #expect(try await log.append(NewEvent("1")).first == 1)
        }
    }

    @Test func `a full disk is told once, however many publishers hear of it`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath())
            let reports = Self.watched(log)
            await log.limitPages(1)
            let large = EventBatch([NewEvent(String(repeating: "x", count: 100_000))])
            for _ in 0..<5 { await #expect(throws: EventLogError.self) { _ = try await log.append(large) } }
            await log.limitPages(1 << 30)
            _ = try await log.append(large)
            #expect(reports.all == ["ok", "log-full", "ok"])
        }
    }

    @Test func `content that another program puts into the open file stops publishing`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, other) = (logs.newPath(), logs.newPath())
            let log = try logs.open(path)
            let elsewhere = try logs.open(other)
            try await log.append(NewEvent("mine"))
            try await elsewhere.append(NewEvent("theirs"))
            await elsewhere.close()
            // As many events, so that only the use tells them apart.
            let (source, target) = (try DatabaseQueue(path: other), try DatabaseQueue(path: path))
            try source.backup(to: target)
            try source.close()
            try target.close()
            let refusal = try #require(await Self.refusal(log))
            #expect(refusal.message.contains("Something other than this Sluice has changed"))
            await log.look()
            #expect(log.health.failure != nil, "only a restart helps")
        }
    }

    @Test func `the system's errors become what the operator has to do`() {
        func code(_ number: CInt) -> EventLogError.Code {
            EventLogError.failedWrite("log.db", "why", errno: number).code
        }
        #expect([EROFS, EPERM, EACCES].map(code) == [.readOnly, .readOnly, .readOnly])
        #expect([ENOSPC, EDQUOT].map(code) == [.full, .full])
        #expect([EIO, 0].map(code) == [.unavailable, .unavailable])
    }

    @Test func `a backlog is told when it is too long, and again when half of it is gone`() {
        var condition = LogCondition { WallTime(milliseconds: 7) }
        let seen = Told()
        condition.watch { seen.add($0.isBusy) }
        for isBusy in [true, true, false, false] { condition.becameBusy(isBusy) }
        #expect(seen.all == [false, true, false])
    }

    private final class Told: Sendable {
        private let values = Mutex<[Bool]>([])
        var all: [Bool] { values.withLock { $0 } }
        func add(_ value: Bool) { values.withLock { $0.append(value) } }
    }

    // MARK: The journal

    /// A journal of more than the limit, with a snapshot of somebody else's held before most of it.
    private static func grown(_ logs: TemporaryLogs, _ path: String) async throws -> (SQLiteEventLog, DatabaseQueue) {
        var engine = SQLiteLogSettings.forTests()
        engine.journalBytes = 1 << 20
        let log = try logs.open(path, LogSettings(bytes: 1 << 28), engine)
        try await log.append(NewEvent("1"))
        let shell = try forgottenReader(path)
        let large = EventBatch([NewEvent(String(repeating: "x", count: 1 << 20))])
        for _ in 0..<8 { _ = try await log.append(large) }
        return (log, shell)
    }

    @Test func `a journal that another program keeps is told by its size, and cut when that one is gone`() async throws
    {
        try await TemporaryLogs.with { logs in
            let (log, shell) = try await Self.grown(logs, logs.newPath())
            await log.look()
            #expect(log.health.journalBytes > 8 << 20)
            #expect(log.health.failure == nil, "publishing goes on")
            try shell.unsafeReentrantRead { try $0.execute(sql: "COMMIT") }
            try shell.close()
            await log.look()
            #expect(log.health.journalBytes <= 1 << 20)
            #expect(try await log.append(NewEvent("2")).first == 10)
        }
    }
}
