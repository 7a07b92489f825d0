import EventLog
import EventLogPromises
import Foundation
import Testing

@testable import SQLiteEventLog

/// A file of a Sluice that counted an event by its frame and 256 bytes, whatever its audience: nine events, five of
/// them for a hundred users each, and a publish key.
@Suite struct OlderFileTests {
    private static let headline = Interest(user: "user 7", topics: ["news"])

    private static func copy(_ logs: TemporaryLogs) throws -> String {
        let path = logs.newPath()
        let file = try #require(
            Bundle.module.url(forResource: "counted-by-frame", withExtension: "db", subdirectory: "Fixtures"))
        try FileManager.default.copyItem(atPath: file.path, toPath: path)
        return path
    }

    /// Whether a key is known, for another body than ours.
    private static func isKnown(_ key: PublishKey, to log: SQLiteEventLog) async -> Bool {
        do {
            _ = try await log.append(EventBatch([NewEvent()], key: key))
            return false
        } catch {
            return (error as? EventLogError)?.code == .keyReused
        }
    }

    @Test func `its events are there, and count for what they counted for`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(try Self.copy(logs))
            #expect(log.extent == LogExtent(floor: 0, head: 9, byteCount: 2587))
            #expect(try await log.readAll(for: Self.headline).map(\.sequence) == [1, 2, 3, 4, 5, 6, 7])
            #expect(try await log.readAll().map(\.sequence) == [1, 8, 9])
            let event = NewEvent(to: .users((0..<100).map { "user \($0)" }))
            try await log.append(event)
            #expect(log.extent.byteCount > 2587 + 100 * EventCost.name, "a new one counts for its audience")
        }
    }

    @Test func `they are let go of, and the sum is that of the new ones`() async throws {
        try await TemporaryLogs.with { logs in
            let path = try Self.copy(logs)
            let log = try logs.open(path, LogSettings(bytes: 1 << 24, events: 2))
            for _ in 1...2 { try await log.append(NewEvent()) }
            await log.upkeep()
            let alone = try logs.open(logs.newPath())
            for _ in 1...2 { try await alone.append(NewEvent()) }
            #expect(log.extent == LogExtent(floor: 9, head: 11, byteCount: alone.extent.byteCount))
            await log.close()
            let again = try logs.open(path)
            #expect(again.extent.byteCount == alone.extent.byteCount)
        }
    }

    @Test func `its publish keys are known, and have their share`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(try Self.copy(logs), LogSettings(bytes: 1 << 24, keys: 3))
            let old = PublishKey(publisher: "backend", key: "order-1", digest: [1])
            #expect(await Self.isKnown(old, to: log))
            for number in 1...10 {
                let key = PublishKey(publisher: "mallory", key: "\(number)", digest: [1])
                _ = try await log.append(EventBatch([NewEvent()], key: key))
            }
            #expect(await Self.isKnown(old, to: log), "still")
        }
    }

    @Test func `nobody is stopped for its events, and new ones have their publisher`() async throws {
        try await TemporaryLogs.with { logs in
            let log = try logs.open(try Self.copy(logs), LogSettings(bytes: 1 << 24, events: 100))
            func append(_ count: Int, by publisher: String) async throws {
                let events = Array(repeating: NewEvent(), count: count)
                _ = try await log.append(EventBatch(events, publisher: publisher))
            }
            try await append(90, by: "forum")
            try await append(1, by: "shop")
            await #expect(throws: EventLogError.self) { try await append(50, by: "forum") }
        }
    }

    @Test func `it takes revocations, and keeps them`() async throws {
        try await TemporaryLogs.with { logs in
            let path = try Self.copy(logs)
            let log = try logs.open(path)
            let revocation = Revocation(.user("alice"), issuedBefore: 7, madeAt: ManualClock().now)
            try await log.revoke(revocation)
            await log.close()
            let (again, told) = (try logs.open(path), ToldRevocations())
            again.follow(told.tail)
            #expect(told.all == [revocation])
            #expect(again.extent == LogExtent(floor: 0, head: 9, byteCount: 2587))
        }
    }
}
