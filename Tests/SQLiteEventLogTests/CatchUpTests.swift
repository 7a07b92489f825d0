import EventLog
import EventLogPromises
import Testing

@testable import SQLiteEventLog

/// Reading from the file while it is being written.
@Suite struct CatchUpTests {
    @Test func `readers at any pace get everything once while publishers go on`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), LogSettings(bytes: 1 << 24), .forTests(cacheBytes: 4000))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for number in 0..<150 { try await log.append(NewEvent("\(number)")) }
                    }
                }
                for reader in 1...6 {
                    group.addTask { try await Self.follow(log, to: 600, byteLimit: 150 * reader) }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func follow(_ log: SQLiteEventLog, to end: Position, byteLimit: Int) async throws {
        var position: Position = 0
        while position < end {
            let before = log.head
            let step = try await log.read(after: position, byteLimit: byteLimit)
            #expect(step.start == position)
            #expect(step.events.map(\.sequence) == Array((position + 1)..<(step.position + 1)))
            #expect(!step.reachedHead || step.position >= before, "a head that had been passed")
            #expect(step.position <= log.head, "the tail comes first")
            position = step.position
            if step.reachedHead { await Task.yield() }
        }
    }
}
