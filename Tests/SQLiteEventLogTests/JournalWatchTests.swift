import EventLog
import EventLogPromises
import Foundation
import GRDB
import Testing

@testable import SQLiteEventLog

/// When a journal counts as kept by somebody, and since when.
@Suite struct JournalWatchTests {
    private static func time(_ seconds: Int64) -> WallTime { WallTime(milliseconds: seconds * 1000) }

    @Test func `a journal is looked at while it is large and grows, and while somebody keeps it`() {
        var watch = JournalWatch(limit: 64 << 20)
        // 16 MiB are SQLite's own matter. The file keeps its size when the journal begins anew.
        let quiet = [16, 30, 30, 31].map { watch.isDue(bytes: $0 << 20) }
        #expect(quiet == [false, true, false, true])
        watch.checkpointed(frames: 100, moved: 40, now: Self.time(1))
        let isKept = watch.isDue(bytes: 31 << 20)
        #expect(isKept)
        watch.checkpointed(frames: 100, moved: 100, now: Self.time(2))
        let isKeptStill = watch.isDue(bytes: 31 << 20)
        #expect(!isKeptStill)
    }

    @Test func `only the same snapshot keeps it: readers who come and go let it move on`() {
        var watch = JournalWatch(limit: 64 << 20)
        for second in 0..<10 {
            watch.checkpointed(frames: 100 + second, moved: 40 + second, now: Self.time(Int64(second)))
            #expect(watch.heldSeconds(now: Self.time(Int64(second))) == 0)
        }
        watch.checkpointed(frames: 200, moved: 49, now: Self.time(30))
        #expect(watch.heldSeconds(now: Self.time(40)) == 31)
        watch.checkpointed(frames: 200, moved: 60, now: Self.time(50))
        #expect(watch.heldSeconds(now: Self.time(52)) == 2)
        watch.checkpointed(frames: 200, moved: 200, now: Self.time(53))
        #expect(watch.heldSeconds(now: Self.time(99)) == 0)
    }

    @Test func `a forgotten reader is told by how long it has kept the journal, until it is gone`() async throws {
        try await TemporaryLogs.with { logs in
            let (path, clock) = (logs.newPath(), ManualClock())
            let log = try logs.open(path, LogSettings(bytes: 1 << 28), .forTests(), clock)
            try await log.append(NewEvent("1"))
            let shell = try forgottenReader(path)
            let large = EventBatch([NewEvent(String(repeating: "x", count: 1 << 20))])
            for _ in 0..<26 { _ = try await log.append(large) }
            for _ in 0..<4 {
                await log.look()
                clock.advance(seconds: 10)
            }
            await log.look()
            #expect(log.health.journalHeldSeconds == 40)
            #expect(log.health.failure == nil, "publishing goes on")
            try shell.unsafeReentrantRead { try $0.execute(sql: "COMMIT") }
            try shell.close()
            await log.look()
            #expect(log.health.journalHeldSeconds == 0)
        }
    }
}
