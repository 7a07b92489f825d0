import EventLog
import EventLogPromises
import Testing

@testable import SQLiteEventLog

/// Whose publish keys a file has: after a restart, and after commits that came to nothing.
@Suite struct KeyShareTests {
    private static let settings = LogSettings(bytes: 1 << 24, keys: 10)

    private static func batch(_ key: String, by publisher: String) -> EventBatch {
        EventBatch([NewEvent()], key: PublishKey(publisher: publisher, key: key, digest: [1]))
    }

    private static func flood(_ log: SQLiteEventLog, _ numbers: ClosedRange<Int>) async throws {
        for number in numbers { _ = try await log.append(batch("\(number)", by: "mallory")) }
    }

    @Test func `a restart does not forget who had which`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let before = try logs.open(path, Self.settings)
            _ = try await before.append(Self.batch("order", by: "shop"))
            try await Self.flood(before, 1...9)
            await before.close()
            let after = try logs.open(path, Self.settings)
            try await Self.flood(after, 10...40)
            #expect(try await after.append(Self.batch("order", by: "shop")).isRepeat)
            #expect(try await after.append(Self.batch("32", by: "mallory")).isRepeat)
            #expect(try await !after.append(Self.batch("31", by: "mallory")).isRepeat)
        }
    }

    @Test func `what a full disk took nothing of is not counted`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(logs.newPath(), Self.settings)
            _ = try await log.append(Self.batch("order", by: "shop"))
            try await Self.flood(log, 1...9)
            await log.limitPages(1)
            let large = String(repeating: "x", count: 100_000)
            for number in 1...20 {
                let key = PublishKey(publisher: "shop", key: "lost \(number)", digest: [1])
                await #expect(throws: EventLogError.self) {
                    _ = try await log.append(EventBatch([NewEvent(large)], key: key))
                }
            }
            await log.limitPages(1 << 30)
            try await Self.flood(log, 10...20)
            #expect(try await log.append(Self.batch("order", by: "shop")).isRepeat)
            #expect(try await log.append(Self.batch("12", by: "mallory")).isRepeat)
            #expect(try await !log.append(Self.batch("11", by: "mallory")).isRepeat)
        }
    }

    @Test func `a key that has ended is counted once when it comes again`() async throws {
        try await TemporaryLogs.with { logs in
            var settings = Self.settings
            settings.keySeconds = 60
            let clock = ManualClock()
            let log = try logs.open(logs.newPath(), settings, .forTests(), clock)
            _ = try await log.append(Self.batch("order", by: "shop"))
            clock.advance(seconds: 61)
            for _ in 1...2 { _ = try await log.append(Self.batch("order", by: "shop")) }
            try await Self.flood(log, 1...9)
            #expect(try await log.append(Self.batch("1", by: "mallory")).isRepeat, "ten are known")
        }
    }
}
