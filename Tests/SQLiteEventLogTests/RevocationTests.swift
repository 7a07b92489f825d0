import EventLog
import EventLogPromises
import GRDB
import Testing

@testable import SQLiteEventLog

/// Revocations in the file: what is revoked stays so, whatever becomes of the process.
@Suite struct RevocationTests {
    private static let now = ManualClock().now
    private static let all = [
        Revocation(.user("Ren\u{E9}"), issuedBefore: 77, madeAt: now),
        Revocation(.token("t-1"), issuedBefore: 0, madeAt: now),
        Revocation(.everyone, issuedBefore: 5, madeAt: now),
    ]

    private static func told(_ log: SQLiteEventLog) -> [Revocation] {
        let told = ToldRevocations()
        log.follow(told.tail)
        return told.all
    }

    @Test(arguments: [false, true], [Durability.full, .normal])
    func `they are there again`(isKilled: Bool, durability: Durability) async throws {
        try await TemporaryLogs.with { logs in
            var path = logs.newPath()
            let before = try logs.open(path, engine(durability))
            for one in Self.all { try await before.revoke(one) }
            try await before.append(NewEvent("1"))
            if isKilled { path = try logs.copyAsKilled(path) } else { await before.close() }
            let after = try logs.open(path, engine(durability))
            #expect(after.newEpochReason == nil)
            #expect(Self.told(after) == Self.all)
            let later = Revocation(.user("Ren\u{E9}"), issuedBefore: 99, madeAt: Self.now)
            try await after.revoke(later)
            await after.close()
            #expect(Self.told(try logs.open(path)) == Self.all.dropFirst() + [later])
        }
    }

    private func engine(_ durability: Durability) -> SQLiteLogSettings { .forTests(durability) }

    @Test func `a commit is synced whatever the durability, and publishers' are as before`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), engine(.normal))
            try await log.revoke(Self.all[0])
            let level = try await log.file.writer.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
            #expect(level == 1)
        }
    }

    @Test func `what a later version's row says is not passed over`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.revoke(Self.all[0])
            try await log.file.writer.write { try $0.execute(sql: "UPDATE revocation SET kind = 'issuer'") }
            await log.close()
            let error = #expect(throws: LogFileError.self) { try logs.open(path) }
            #expect(error?.message.contains("revocation") == true)
        }
    }

    @Test func `a closed log takes none`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath())
            await log.close()
            let error = await #expect(throws: EventLogError.self) { try await log.revoke(Self.all[0]) }
            #expect(error?.code == .closed)
        }
    }

    @Test func `a file that can't be written refuses, and what is in force is what was`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path)
            try await log.revoke(Self.all[0])
            let other = try DatabaseQueue(path: path)
            try await other.write { try $0.execute(sql: "UPDATE last_use SET use = 'other'") }
            try other.close()
            await #expect(throws: EventLogError.self) { try await log.revoke(Self.all[1]) }
            #expect(log.health.failure != nil)
            #expect(Self.told(log) == [Self.all[0]])
        }
    }
}

extension TemporaryLogs {
    fileprivate func open(_ path: String, _ engine: SQLiteLogSettings) throws(LogFileError) -> SQLiteEventLog {
        try open(path, LogSettings(bytes: 1 << 24), engine)
    }
}
