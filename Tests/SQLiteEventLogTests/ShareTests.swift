import EventLog
import EventLogPromises
import GRDB
import SeededRandom
import Testing

@testable import SQLiteEventLog

/// Whose events a file has: after a restart, after a kill, and after commits that came to nothing.
@Suite struct ShareTests {
    private static let settings = LogSettings(bytes: 1 << 24, events: 100)

    private static func batch(_ count: Int = 1, by publisher: String?) -> EventBatch {
        EventBatch(Array(repeating: NewEvent(), count: count), publisher: publisher)
    }

    private static func isRefused(_ log: SQLiteEventLog, by publisher: String) async throws -> Bool {
        do {
            _ = try await log.append(batch(by: publisher))
            return false
        } catch let error as EventLogError {
            #expect(error.code == .shareFull)
            return true
        }
    }

    /// Whose events there are by the table, and by the events themselves.
    private static func rows(_ log: SQLiteEventLog) async throws -> (table: [[String]], events: [[String]]) {
        try await log.file.reader.read { db in
            func texts(_ sql: String) throws -> [[String]] {
                try Row.fetchAll(db, sql: sql).map { row in row.databaseValues.map(\.description) }
            }
            return (
                try texts("SELECT id, events, bytes FROM publisher ORDER BY id"),
                try texts(
                    """
                    SELECT publisher, count(*), sum(bytes) FROM event WHERE publisher IS NOT NULL
                    GROUP BY publisher ORDER BY publisher
                    """)
            )
        }
    }

    @Test func `a restart and a kill do not forget whose events there are`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let before = try logs.open(path, Self.settings)
            _ = try await before.append(Self.batch(by: "modest"))
            _ = try await before.append(Self.batch(49, by: "mallory"))
            #expect(try await Self.isRefused(before, by: "mallory"))
            let killed = try logs.open(try logs.copyAsKilled(path), Self.settings)
            await before.close()
            for after in [killed, try logs.open(path, Self.settings)] {
                #expect(try await Self.isRefused(after, by: "mallory"))
                #expect(try await !Self.isRefused(after, by: "modest"))
                let rows = try await Self.rows(after)
                #expect(rows.table == rows.events && rows.table.count == 2)
            }
        }
    }

    @Test func `what retention removes is counted out, and who has nothing left is gone`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            var log = try logs.open(path, Self.settings)
            for number in 0..<50 { _ = try await log.append(Self.batch(by: "\(number)")) }
            _ = try await log.append(Self.batch(150, by: nil))
            await log.upkeep()
            #expect(try await Self.rows(log) == (table: [], events: []))
            _ = try await log.append(Self.batch(by: "new"))
            await log.close()
            log = try logs.open(path, Self.settings)
            let rows = try await Self.rows(log)
            #expect(rows.table == rows.events && rows.table.count == 1)
        }
    }

    @Test func `what a full disk took nothing of is not counted`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), Self.settings)
            _ = try await log.append(Self.batch(by: "modest"))
            await log.limitPages(1)
            let large = EventBatch(
                [NewEvent(String(repeating: "x", count: 100_000))], publisher: "mallory")
            for _ in 1...20 { await #expect(throws: EventLogError.self) { _ = try await log.append(large) } }
            await log.limitPages(1 << 30)
            for _ in 1...49 { #expect(try await !Self.isRefused(log, by: "mallory")) }
            #expect(try await Self.isRefused(log, by: "mallory"))
            let rows = try await Self.rows(log)
            #expect(rows.table == rows.events)
        }
    }

    @Test func `of those that share a commit, one that is refused stops no other`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), Self.settings)
            _ = try await log.append(Self.batch(by: "modest"))
            let codes = await withTaskGroup(of: EventLogError.Code?.self) { group in
                for publisher in Array(repeating: "mallory", count: 80) + Array(repeating: "modest", count: 10) {
                    group.addTask {
                        do { _ = try await log.append(Self.batch(by: publisher)) } catch {
                            return (error as? EventLogError)?.code
                        }
                        return nil
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(codes) == [nil, .shareFull])
            #expect(codes.count { $0 == .shareFull } >= 31 && log.head >= 11)
            #expect(log.health.failure == nil, "that is no fault of the log's")
            #expect(try await log.read(after: 0).start == 0)
        }
    }

    @Test func `the table says what the events say, whatever happens`() async throws {
        var random = SeededGenerator(test: "the table says what the events say")
        try await TemporaryLogs.with { logs in
            let (path, clock) = (logs.newPath(), ManualClock())
            var log = try logs.open(path, Self.settings, .forTests(), clock)
            for _ in 0..<200 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: await log.upkeep()
                case 1:
                    await log.close()
                    log = try logs.open(path, Self.settings, .forTests(), clock)
                default:
                    let publisher = [nil, "a", "b", "c", "d"].randomElement(using: &random) ?? nil
                    let count = Int.random(in: 0...40, using: &random)
                    do { _ = try await log.append(Self.batch(count, by: publisher)) } catch let error as EventLogError {
                        #expect(error.code == .shareFull, "SLUICE_SEED=\(random.seed)")
                    }
                    clock.advance(seconds: Int64.random(in: 0...5, using: &random))
                }
                let rows = try await Self.rows(log)
                #expect(rows.table == rows.events, "SLUICE_SEED=\(random.seed)")
            }
        }
    }

    @Test func `a publisher that no Sluice wrote is nobody`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            var log = try logs.open(path, Self.settings)
            _ = try await log.append(Self.batch(by: "modest"))
            try await log.file.writer.write { db in
                try db.execute(sql: "UPDATE event SET publisher = 1 << 40; UPDATE publisher SET id = 1 << 40")
            }
            await log.close()
            log = try logs.open(path, Self.settings)
            for _ in 1...200 { #expect(try await !Self.isRefused(log, by: "mallory")) }
            await log.upkeep()
            #expect(log.extent.head == 201)
        }
    }
}
