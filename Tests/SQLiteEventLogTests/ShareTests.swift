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
            let large = NewEvent(String(repeating: "x", count: 100_000))
            for number in 1...20 {
                let batch = EventBatch([large], publisher: "\(number)")
                await #expect(throws: EventLogError.self) { _ = try await log.append(batch) }
            }
            await log.limitPages(1 << 30)
            try await Self.expectTwo(log)
        }
    }

    /// The modest one has one event, and mallory gets its half of the log. Nobody else has a number.
    private static func expectTwo(_ log: SQLiteEventLog) async throws {
        for _ in 1...49 { #expect(try await !isRefused(log, by: "mallory")) }
        #expect(try await isRefused(log, by: "mallory"))
        let rows = try await rows(log)
        #expect(rows.table == rows.events && rows.table.compactMap(\.first) == ["1", "2"], "\(rows.table)")
    }

    @Test func `what a COMMIT that failed took nothing of is not counted`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            var log = try logs.open(path, Self.settings)
            let commits = await log.failingCommits()
            _ = try await log.append(Self.batch(by: "modest"))
            commits.set(true)
            for number in 1...40 {
                for publisher in ["mallory", "new \(number)"] {
                    await #expect(throws: EventLogError.self) { _ = try await log.append(Self.batch(2, by: publisher)) }
                }
            }
            commits.set(false)
            try await Self.expectTwo(log)
            await log.close()
            log = try logs.open(path, Self.settings)
            #expect(try await Self.isRefused(log, by: "mallory"))
            let rows = try await Self.rows(log)
            #expect(rows.table == rows.events)
        }
    }

    @Test func `what retention could not remove is not counted out`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), Self.settings)
            _ = try await log.append(Self.batch(60, by: "old"))
            _ = try await log.append(Self.batch(100, by: nil))
            let commits = await log.failingCommits()
            commits.set(true)
            for _ in 1...3 { await log.upkeep() }
            commits.set(false)
            #expect(log.extent.floor == 0)
            _ = try await log.append(Self.batch(by: "new"))
            let rows = try await Self.rows(log)
            #expect(rows.table == rows.events && rows.table.count == 2, "\(rows.table)")
            await log.upkeep()
            let left = try await Self.rows(log).table.compactMap(\.first)
            #expect(left == ["2"], "the new one, and it keeps its number")
        }
    }

    @Test func `after a restart as much may go in as without it, and what is old is not looked at`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, clock) = (logs.newPath(), ManualClock())
            let settings = LogSettings(bytes: 1 << 24, events: 2000)
            var log = try logs.open(path, settings, .forTests(), clock)
            func reopen() async throws -> LookCount {
                await log.close()
                log = try logs.open(path, settings, .forTests(), clock)
                return await log.countingLooks()
            }
            _ = try await log.append(Self.batch(1500, by: nil))
            clock.advance(seconds: 60)
            _ = try await log.append(Self.batch(by: "modest"))
            _ = try await log.append(Self.batch(996, by: "mallory"))
            var looks = try await reopen()
            for _ in 1...3 { #expect(try await !Self.isRefused(log, by: "mallory")) }
            #expect(try await Self.isRefused(log, by: "mallory"))
            #expect((2...30).contains(looks.value), "some of the 1500 would be looked at one by one: \(looks.value)")
            clock.advance(seconds: 60)
            looks = try await reopen()
            for _ in 1...10 { #expect(try await !Self.isRefused(log, by: "mallory")) }
            #expect((2...30).contains(looks.value), "\(looks.value)")
        }
    }

    @Test func `nothing that is asked of an event stands behind its data`() async throws {
        try await TemporaryLogs.with { logs in
            let columns = try await logs.open(logs.newPath()).file.reader.read { db in
                try db.columns(in: "event").map(\.name)
            }
            #expect(columns.last == "data" && columns.firstIndex(of: "audience") == 6, "names may be long, too")
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
