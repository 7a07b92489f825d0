import EventLog
import EventLogPromises
import Testing

@testable import SQLiteEventLog

/// How appends become commits, and what publishers hear when there is none.
@Suite struct CommitTests {
    /// Appends without waiting, and gives the answers in the order of the calls.
    private static func appendTogether(_ batches: [EventBatch], to log: SQLiteEventLog) async -> [EventLogError.Code?] {
        await withTaskGroup(of: (Int, EventLogError.Code?).self) { group in
            for (number, batch) in batches.enumerated() {
                group.addTask {
                    do {
                        _ = try await log.append(batch)
                        return (number, nil)
                    } catch {
                        return (number, (error as? EventLogError)?.code)
                    }
                }
            }
            return await group.reduce(into: Array(repeating: nil, count: batches.count)) { $0[$1.0] = $1.1 }
        }
    }

    @Test func `publishers at the same time share commits`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), LogSettings(bytes: 1 << 24), .forTests(.full))
            let commits = await log.countingCommits()
            let batches = Array(repeating: EventBatch([NewEvent()]), count: 2000)
            #expect(await Self.appendTogether(batches, to: log).allSatisfy { $0 == nil })
            #expect(log.head == 2000)
            #expect((1..<1000).contains(commits.value), "\(commits.value) commits")
        }
    }

    @Test func `one publisher's wrong key does no harm to those it shares the commit with`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath())
            let key = PublishKey(publisher: "shop", key: "a", digest: [1])
            _ = try await log.append(EventBatch([NewEvent()], key: key))
            let wrong = EventBatch([NewEvent()], key: PublishKey(publisher: "shop", key: "a", digest: [2]))
            let codes = await Self.appendTogether([EventBatch([NewEvent()]), wrong, EventBatch([NewEvent()])], to: log)
            #expect(codes == [nil, .keyReused, nil])
            #expect(log.head == 3)
        }
    }

    @Test func `a full disk is told to publishers, leaves readers alone, and is over when there is room`() async throws
    {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), LogSettings(bytes: 1 << 24), .forTests(cacheBytes: 1))
            try await log.append(NewEvent("a"), NewEvent("b"))
            await log.limitPages(1)
            let large = EventBatch([NewEvent(String(repeating: "x", count: 100_000))])
            let error = await #expect(throws: EventLogError.self) { _ = try await log.append(large) }
            #expect(error?.code == .full)
            #expect(error?.message.contains("Free some on its disk, or keep less (log.retention)") == true)
            let codes = await Self.appendTogether([large, large, large], to: log)
            #expect(codes == [.full, .full, .full])
            #expect(log.head == 2 && log.extent.floor == 0)
            #expect(try await log.readAll().map(\.sequence) == [1, 2])
            await log.limitPages(1 << 30)
            #expect(try await log.append(large).first == 3)
            #expect(try await log.readAll().map(\.sequence) == [1, 2, 3])
        }
    }

    @Test func `closing answers everyone, and what was answered is in the file`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let log = try logs.open(path, LogSettings(bytes: 1 << 24), .forTests(cacheBytes: 1))
            let batches = Array(repeating: EventBatch([NewEvent()]), count: 500)
            async let answers = Self.appendTogether(batches, to: log)
            async let closing: Void = log.close()
            let codes = await answers
            await closing
            #expect(codes.allSatisfy { $0 == nil || $0 == .closed })
            await log.close()
            await log.upkeep()
            await #expect(throws: EventLogError.self) { _ = try await log.read(after: 0) }
            await #expect(throws: EventLogError.self) { _ = try await log.append(NewEvent()) }
            let after = try logs.open(path)
            #expect(Int(after.head) == codes.count { $0 == nil })
            #expect(after.epoch == log.epoch)
        }
    }

    @Test func `a log that is dropped leaves its file to the next one`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let epoch: Epoch
            do {
                let log = try SQLiteEventLog(path: path, settings: LogSettings(bytes: 1 << 20)) {
                    WallTime(milliseconds: 0)
                }
                epoch = log.epoch
            }
            // A turn of its queues may hold it for a moment.
            var next = try? logs.open(path)
            while next == nil {
                await Task.yield()
                next = try? logs.open(path)
            }
            #expect(next?.epoch == epoch)
        }
    }

    @Test func `retention keeps up by itself while there are appends`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), LogSettings(bytes: 1 << 24, events: 100))
            for _ in 0..<20 { _ = try await log.append(EventBatch(Array(repeating: NewEvent(), count: 200))) }
            // The last append's turn may be still to come; the ones before it have been.
            #expect(log.extent.head - log.extent.floor <= 100 + 500 + 200)
        }
    }
}
