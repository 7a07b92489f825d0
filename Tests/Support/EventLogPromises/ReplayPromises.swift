// A log against its model, at random.

internal import EventLog
internal import SeededRandom

extension EventLogPromise {
    static let replay = [
        EventLogPromise("a log says what a search through everything says") { factory in
            var random = SeededGenerator(test: "a log says what a search through everything says")
            for _ in 0..<12 {
                var settings = LogSettings(bytes: Int.random(in: 2000...40_000, using: &random))
                settings.events = Int.random(in: 5...120, using: &random)
                settings.seconds = Int64.random(in: 5...60, using: &random)
                try await run(settings, factory, using: &random)
            }
        },
        EventLogPromise("in steps of any size a log gives what a search through everything finds") { factory in
            var random = SeededGenerator(test: "in steps of any size")
            for _ in 0..<2 { try await search(factory, using: &random) }
        },
    ]

    /// In a log that lets go of nothing, however and by whatever clock it would.
    private static func search(_ factory: LogFactory, using random: inout SeededGenerator) async throws {
        let (settings, clock) = (LogSettings(bytes: 1 << 24), ManualClock())
        let subject = try await factory(settings, clock)
        var model = ModelLog(settings)
        for _ in 0..<20 {
            clock.advance(milliseconds: Int64.random(in: 0...2000, using: &random))
            let batch = RandomEvents.batch(upTo: 6, using: &random)
            let appended = try await subject.log.append(EventBatch(batch))
            try expect(appended.first, is: model.head + 1, "first")
            model.append(batch, epoch: subject.log.epoch, now: clock.now)
            for _ in 0..<2 {
                let position = Position.random(in: 0...model.head, using: &random)
                let interest = RandomEvents.interest(using: &random)
                let limit = Int.random(in: 100...4000, using: &random)
                let found = try await subject.log.readAll(after: position, for: interest, byteLimit: limit)
                let expected = model.read(after: position, for: interest, byteLimit: .max, now: clock.now).events
                let what = "after \(position) of \(model.head), SLUICE_SEED=\(random.seed)"
                try expect(found.map(\.sequence), is: expected.map(\.sequence), what)
                try expect(found.map(\.frame.chunk), is: expected.map(\.frame.chunk), what)
            }
        }
    }

    private static func run(
        _ settings: LogSettings, _ factory: LogFactory, using random: inout SeededGenerator
    ) async throws {
        let clock = ManualClock()
        let subject = try await factory(settings, clock)
        var model = ModelLog(settings)
        for _ in 0..<40 {
            clock.advance(milliseconds: Int64.random(in: 0...1000, using: &random))
            let batch = RandomEvents.batch(upTo: 6, using: &random)
            let appended = try await subject.log.append(EventBatch(batch))
            try expect(appended.first, is: model.head + 1, "first")
            model.append(batch, epoch: subject.log.epoch, now: clock.now)
            await subject.settle()
            try expect(subject.log.extent, is: model.extent, "extent, SLUICE_SEED=\(random.seed)")
            for _ in 0..<4 {
                try await compare(subject.log, to: model, now: clock.now, using: &random)
            }
        }
    }

    private static func compare(
        _ log: any EventLog, to model: ModelLog, now: WallTime, using random: inout SeededGenerator
    ) async throws {
        let position = Position.random(in: 0...(model.head + 2), using: &random)
        let interest = RandomEvents.interest(using: &random)
        let limit = Int.random(in: 1...1500, using: &random)
        let step = try await log.read(after: position, for: interest, byteLimit: limit)
        let expected = model.read(after: position, for: interest, byteLimit: limit, now: now)
        try expect(step, is: expected, "after \(position) of \(model.head), SLUICE_SEED=\(random.seed)")
    }
}
