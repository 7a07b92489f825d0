import EventLog
import EventLogPromises
import Foundation
import GRDB
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
