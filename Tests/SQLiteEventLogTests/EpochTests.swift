import EventLog
import EventLogPromises
import NIOCore
import Testing

@testable import SQLiteEventLog

/// When a file begins a new epoch: when events may be gone that publishers were told are safe.
@Suite struct EpochTests {
    @Test func `only an unsynced file of a machine that has restarted may have lost events`() {
        func mayHaveLost(_ durability: Durability, closed: Bool, _ before: String?, _ today: String?) -> Bool {
            LastUse(durability: durability, wasClosed: closed, bootID: before).mayHaveLostEvents(bootID: today)
        }
        #expect(mayHaveLost(.normal, closed: false, "a", "b"))
        #expect(mayHaveLost(.normal, closed: false, nil, "b"), "unknown is restarted")
        #expect(mayHaveLost(.normal, closed: false, "a", nil), "unknown is restarted")
        #expect(mayHaveLost(.normal, closed: false, nil, nil), "unknown is restarted")
        #expect(!mayHaveLost(.normal, closed: false, "a", "a"), "the kernel kept it")
        #expect(!mayHaveLost(.normal, closed: true, "a", "b"), "closing synced it")
        #expect(!mayHaveLost(.full, closed: false, "a", "b"), "each commit was synced")
    }

    @Test func `a power loss at normal durability begins an epoch, and the one before ends at what is left`()
        async throws
    {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let before = try logs.open(path, bootID: "one")
            try await before.append(NewEvent("a"), NewEvent("b"))
            let copy = try logs.copyAsKilled(path)
            try await before.append(NewEvent("lost"))

            let after = try logs.open(copy, bootID: "two")
            #expect(after.epoch != before.epoch)
            #expect(after.end(of: before.epoch) == 2)
            #expect(try await after.append(NewEvent("c")).first == 3, "the sequences go on")
            let ids = try await after.readAll().map { String(buffer: $0.frame.bytes).prefix(while: { $0 != "\n" }) }
            #expect(ids == (1...3).map { "id: \(after.epoch)-\($0)" })

            let third = try logs.open(try logs.copyAsKilled(copy), bootID: "three")
            #expect(third.end(of: before.epoch) == 2 && third.end(of: after.epoch) == 3)
            #expect(third.end(of: third.epoch) == nil)
        }
    }

    @Test(arguments: [(Durability.full, false), (.normal, true)])
    func `a synced or closed file goes on after a restart of the machine`(
        _ durability: Durability, isClosed: Bool
    ) async throws {
        try await TemporaryLogs.with { logs in
            var path = logs.newPath()
            let before = try logs.open(path, LogSettings(bytes: 1 << 20), .forTests(durability), bootID: "one")
            try await before.append(NewEvent())
            if isClosed { await before.close() } else { path = try logs.copyAsKilled(path) }
            let after = try logs.open(path, bootID: "two")
            #expect(after.epoch == before.epoch && after.head == 1)
        }
    }

    @Test func `this machine tells which run it is in`() {
        #expect(SQLiteEventLog.currentBootID()?.isEmpty == false)
        #expect(SQLiteEventLog.currentBootID() == SQLiteEventLog.currentBootID())
    }
}
