import EventLog
import EventLogPromises
import EventStream
import NIOCore
import SeededRandom
import Testing

@testable import SQLiteEventLog

/// What a file keeps from one process to the next.
@Suite struct RestartTests {
    private static let key = PublishKey(publisher: "shop", key: "order-1", digest: [1, 2, 3])

    @Test(arguments: [false, true])
    func `events, keys, sequences and the epoch are there again`(isKilled: Bool) async throws {
        try await TemporaryLogs.with { logs in
            var path = logs.newPath()
            let before = try logs.open(path)
            _ = try await before.append(
                EventBatch([NewEvent("a"), NewEvent("b")], streamCounts: [7, 0], key: Self.key))
            try await before.append(NewEvent(to: .users(["bob", "alice"]), "c", timeToLive: 60))
            let held = try await before.readAll()
            if isKilled { path = try logs.copyAsKilled(path) } else { await before.close() }

            let after = try logs.open(path)
            #expect(after.epoch == before.epoch && after.extent == before.extent)
            #expect(after.end(of: before.epoch) == nil)
            let found = try await after.readAll()
            #expect(found.map(\.frame.chunk) == held.map(\.frame.chunk))
            #expect(found.map(\.expiresAt) == held.map(\.expiresAt))
            let answer = try await after.append(EventBatch([NewEvent("a"), NewEvent("b")], key: Self.key))
            #expect(answer == Appended(epoch: after.epoch, first: 1, streamCounts: [7, 0], isRepeat: true))
            #expect(try await after.append(NewEvent("d")).first == 4)
        }
    }

    /// The column is there since it was asked for, and stays when it is not any more. Without it, nothing is different.
    @Test func `requests that events came with are there again`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let request = try FieldValue("order-17")
            func event(_ data: String) -> NewEvent {
                NewEvent(audience: .everyone, name: nil, data: ByteBuffer(string: data), request: request)
            }
            let plain = try logs.open(path)
            _ = try await plain.append(event("a"))
            await plain.close()
            var engine = SQLiteLogSettings.forTests(cacheBytes: 1)
            engine.keepsRequests = true
            for asked in [true, false] {
                engine.keepsRequests = asked
                let log = try logs.open(path, LogSettings(bytes: 1 << 24), engine)
                _ = try await log.append(event("b"))
                _ = try await log.append(NewEvent("c"))
                await log.close()
            }
            let log = try logs.open(path, LogSettings(bytes: 1 << 24), engine)
            let texts = try await log.readAll().map { String(buffer: $0.frame.bytes).split(separator: "\n") }
            #expect(texts.count == 5)
            #expect(texts.map { $0.contains("request: order-17") } == [false, true, false, true, false])
            await log.close()
            let held = try StoredLog(path: path).hold()
            defer { held.release() }
            let copied = try held.piece(after: 0, limit: 10, now: WallTime(milliseconds: 0)).events
            #expect(copied.map(\.request) == [nil, request, nil, request, nil])
        }
    }

    @Test func `a log that keeps less than before lets go of the rest`() async throws {
        try await TemporaryLogs.with { logs in
            let path = logs.newPath()
            let before = try logs.open(path)
            _ = try await before.append(EventBatch(Array(repeating: NewEvent(), count: 1200)))
            await before.close()
            let after = try logs.open(path, LogSettings(bytes: 1 << 24, events: 10))
            await after.upkeep()
            #expect(after.extent.floor == 1190)
            #expect(try await after.readAll().count == 10)
        }
    }

    @Test func `restarts and kills at random lose nothing and double nothing`() async throws {
        var random = SeededGenerator(test: "restarts and kills at random lose nothing and double nothing")
        for _ in 0..<6 {
            let (clock, settings) = (ManualClock(), LogSettings(bytes: 60_000, events: 90, seconds: 40))
            try await TemporaryLogs.with { logs in
                var path = logs.newPath()
                var log = try logs.open(path, settings, .forTests(cacheBytes: 3000), clock)
                var model = ModelLog(settings)
                for _ in 0..<12 {
                    try await Self.publish(to: log, and: &model, clock, using: &random)
                    if Bool.random(using: &random) { path = try logs.copyAsKilled(path) }
                    await log.close()
                    let cacheBytes = Int.random(in: 1...20_000, using: &random)
                    log = try logs.open(path, settings, .forTests(cacheBytes: cacheBytes), clock)
                    await log.upkeep()
                    model.settle(clock.now)
                    #expect(log.extent == model.extent, "SLUICE_SEED=\(random.seed)")
                    try await Self.compare(log, to: model, clock.now, using: &random)
                }
            }
        }
    }

    private static func publish(
        to log: SQLiteEventLog, and model: inout ModelLog, _ clock: ManualClock, using random: inout SeededGenerator
    ) async throws {
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            clock.advance(milliseconds: Int64.random(in: 0...1500, using: &random))
            let batch = RandomEvents.batch(upTo: 6, using: &random)
            model.append(batch, epoch: log.epoch, now: clock.now)
            _ = try await log.append(EventBatch(batch))
            await log.upkeep()
            try await compare(log, to: model, clock.now, using: &random)
        }
    }

    private static func compare(
        _ log: SQLiteEventLog, to model: ModelLog, _ now: WallTime, using random: inout SeededGenerator
    ) async throws {
        for _ in 0..<5 {
            let position = Position.random(in: 0...(model.head + 1), using: &random)
            let interest = RandomEvents.interest(using: &random)
            let limit = Int.random(in: 1...4000, using: &random)
            let step = try await log.read(after: position, for: interest, byteLimit: limit)
            let expected = model.read(after: position, for: interest, byteLimit: limit, now: now)
            try expect(step, is: expected, "after \(position) of \(model.head), SLUICE_SEED=\(random.seed)")
        }
    }
}
