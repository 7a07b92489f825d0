import EventLog
import EventLogPromises
import Foundation
import GRDB
import Synchronization
import Testing

@testable import SQLiteEventLog

/// Kept sessions in the file: who is signed in stays so, whatever becomes of the process, and who has signed out too.
@Suite struct KeptSessionTests {
    private static let now = ManualClock().now
    private static let settings = LogSettings(bytes: 1 << 24)
    private static let (first, second) = (
        KeptSession.numbered(1, of: "Ren\u{E9}", until: now.adding(seconds: 60)),
        KeptSession.numbered(2, until: now.adding(seconds: 3600))
    )

    private static func told(_ log: SQLiteEventLog) -> [KeptSession] {
        let told = ToldSessions()
        log.follow(told.tail)
        return told.sessions.all
    }

    private static func signIn(_ session: KeptSession) -> SessionOrder {
        .signIn(session.user, keeping: session, inPlaceOf: [])
    }

    @Test(arguments: [false, true], [Durability.full, .normal])
    func `they are there again, and what was let go of is not`(isKilled: Bool, durability: Durability) async throws {
        try await TemporaryLogs.with { logs in
            var path = logs.newPath()
            let before = try logs.open(path, Self.settings, .forTests(durability))
            for one in [Self.first, Self.second] { try await before.record(Self.signIn(one)) }
            let gone = KeptSession.numbered(3, until: Self.now.adding(seconds: 60))
            try await before.record(Self.signIn(gone))
            try await before.record(.signOut([gone.name]))
            if isKilled { path = try logs.copyAsKilled(path) } else { await before.close() }
            let after = try logs.open(path, Self.settings, .forTests(durability))
            #expect(after.newEpochReason == nil)
            #expect(Self.told(after) == [Self.first, Self.second])
        }
    }

    @Test func `an older copy of the file keeps none: one who has signed out would be in again`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let before = try logs.open(path)
            try await before.record(Self.signIn(Self.first))
            try await before.append(NewEvent("1"))
            await before.close()
            let copy = path + "-copy"
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let later = try logs.open(path)
            try await later.record(.signOut([Self.first.name]))
            try await later.append(NewEvent("2"))
            await later.close()
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: copy, toPath: path)
            let restored = try logs.open(path)
            #expect(restored.newEpochReason != nil)
            #expect(Self.told(restored) == [])
        }
    }

    @Test func `what has ended is removed from the file by the upkeep`() async throws {
        try await TemporaryLogs.with { logs in
            let clock = ManualClock()
            let log = try logs.open(logs.newPath(), Self.settings, .forTests(), clock)
            for one in [Self.first, Self.second] { try await log.record(Self.signIn(one)) }
            clock.advance(seconds: 60)
            await log.upkeep()
            let names = try await log.file.reader.read { try Data.fetchAll($0, sql: "SELECT name FROM kept_session") }
            #expect(names == [Data(Self.second.name.bytes)])
            #expect(Self.told(log) == [Self.second])
        }
    }

    @Test func `so many go in one turn of the upkeep, and what has ended is not opened again`() async throws {
        try await TemporaryLogs.with { logs in
            let (clock, path) = (ManualClock(), logs.newPath())
            let log = try logs.open(path, LogSettings(bytes: 1 << 24), .forTests(), clock)
            let count = SQLiteEventLog.endedPerTurn + 100
            let all = try (0..<count).map { number in
                let digest = (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 2))) }
                return KeptSession(
                    name: try #require(KeptSession.Name(digest: digest)), user: "\(number)",
                    endsAt: Self.now.adding(seconds: 60), content: [1])
            }
            await withTaskGroup { tasks in
                for one in all { tasks.addTask { try? await log.record(Self.signIn(one)) } }
            }
            clock.advance(seconds: 60)
            let first = try await log.file.writer.write { try log.removeEndedSessions($0, now: clock.now) }
            #expect(first.forgotten.count == SQLiteEventLog.endedPerTurn)
            await log.close()
            let again = try logs.open(path, Self.settings, .forTests(), clock)
            #expect(
                try await again.file.writer.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM kept_session") } == 0
            )
            #expect(Self.told(again) == [])
        }
    }

    /// Else whoever signs in often holds up all who publish.
    @Test func `all that wait are one commit, with publishers' between, and more than so many are refused`()
        async throws
    {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath())
            let (commits, gate) = (CommitCounter(), DispatchSemaphore(value: 0))
            log.file.writer.asyncWriteWithoutTransaction { db in
                db.add(transactionObserver: commits)
                gate.wait()
            }
            let answers = Mutex([Result<Void, EventLogError>]())
            for number in 0...WaitingOrders.limit {
                let one = KeptSession.numbered(UInt8(number % 4), until: Self.now.adding(seconds: 60 + Int64(number)))
                log.record(Self.signIn(one)) { answer in answers.withLock { $0.append(answer) } }
            }
            #expect(answers.withLock { $0.count } == 1, "the last was refused at once")
            let refusal = answers.withLock {
                $0.first.flatMap { if case .failure(let error) = $0 { error } else { nil } }
            }
            #expect(refusal?.code == .unavailable)
            gate.signal()
            // Its turn comes behind theirs.
            try await log.append(NewEvent("1"))
            #expect(answers.withLock { $0.count } == WaitingOrders.limit + 1)
            #expect(commits.count == 2, "one for all, and one for the event")
            try await log.record(Self.signIn(Self.second))
            #expect(Self.told(log).contains(Self.second), "there is room again")
        }
    }

    @Test func `when the commit fails nothing of it is kept, and each is told so`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, gate) = (logs.newPath(), DispatchSemaphore(value: 0))
            let log = try logs.open(path)
            try await log.record(Self.signIn(Self.first))
            let other = try DatabaseQueue(path: path)
            try await other.write { try $0.execute(sql: "UPDATE last_use SET use = 'other'") }
            try other.close()
            log.file.writer.asyncWriteWithoutTransaction { _ in gate.wait() }
            let failures = Mutex(0)
            let orders = [Self.signIn(Self.second), .signOut([Self.first.name]), Self.signIn(Self.first)]
            for order in orders {
                log.record(order) { if case .failure = $0 { failures.withLock { $0 += 1 } } }
            }
            gate.signal()
            await #expect(throws: EventLogError.self) { try await log.record(Self.signIn(Self.second)) }
            #expect(failures.withLock { $0 } == 3 && Self.told(log) == [Self.first])
        }
    }

    @Test(arguments: [4, 5])
    func `a file that has no sign-ins' names takes them`(version: Int) async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.record(Self.signIn(Self.first))
            try await log.file.writer.write { db in
                try db.execute(sql: "ALTER TABLE kept_session DROP COLUMN session")
                if version == 4 {
                    try db.execute(sql: "DROP TABLE publisher; ALTER TABLE event DROP COLUMN publisher")
                }
                try db.execute(sql: "PRAGMA user_version = \(version)")
            }
            await log.close()
            let named = KeptSession(
                name: Self.second.name, user: "alice", session: "here", endsAt: Self.second.endsAt, content: [1])
            let after = try logs.open(path)
            try await after.record(Self.signIn(named))
            await after.close()
            #expect(Self.told(try logs.open(path)) == [Self.first, named])
        }
    }

    @Test func `a file that can't be written refuses, and what is kept is what was`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.record(Self.signIn(Self.first))
            let other = try DatabaseQueue(path: path)
            try await other.write { try $0.execute(sql: "UPDATE last_use SET use = 'other'") }
            try other.close()
            await #expect(throws: EventLogError.self) { try await log.record(Self.signIn(Self.second)) }
            await #expect(throws: EventLogError.self) { try await log.record(.signOut([Self.first.name])) }
            #expect(log.health.failure != nil)
            #expect(Self.told(log) == [Self.first])
        }
    }

    @Test func `a closed log keeps none`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath())
            await log.close()
            let error = await #expect(throws: EventLogError.self) { try await log.record(Self.signIn(Self.first)) }
            #expect(error?.code == .closed)
        }
    }

    @Test func `a file of before takes them, and its revocations stay`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            let revocation = Revocation(.user("alice"), issuedBefore: 7, madeAt: Self.now)
            try await log.revoke(revocation)
            // What formats 4 and 5 brought.
            let back = """
                DROP TABLE kept_session; DROP TABLE publisher; ALTER TABLE event DROP COLUMN publisher;
                PRAGMA user_version = 3
                """
            try await log.file.writer.write { try $0.execute(sql: back) }
            await log.close()
            let after = try logs.open(path)
            try await after.record(Self.signIn(Self.first))
            await after.close()
            let (again, revoked) = (try logs.open(path), ToldRevocations())
            again.follow(revoked.tail)
            #expect(Self.told(again) == [Self.first] && revoked.all == [revocation])
        }
    }
}

/// Counts the commits of a connection.
private final class CommitCounter: TransactionObserver, Sendable {
    private let commits = Mutex(0)

    var count: Int { commits.withLock { $0 } }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { commits.withLock { $0 += 1 } }
    func databaseDidRollback(_ db: Database) {}
}
