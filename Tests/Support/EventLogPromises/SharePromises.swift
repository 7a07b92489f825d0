// Publishers' shares of what a log keeps. The rule itself is `LogShares`', and has tests of its own: here stands that
// an engine follows it, and loses nothing by it.

internal import EventLog

extension EventLogPromise {
    private static func batch(_ count: Int = 1, by publisher: String?, key: String? = nil) -> EventBatch {
        EventBatch(
            Array(repeating: NewEvent(), count: count), publisher: publisher,
            key: key.map { PublishKey(publisher: publisher ?? "", key: $0, digest: [1]) })
    }

    /// Appends events one by one until one is refused.
    ///
    /// - Returns: how many were taken, and why the next was not.
    private static func flood(
        _ log: any EventLog, by publisher: String, most: Int = 1000
    ) async throws -> (taken: Int, error: EventLogError?) {
        for taken in 0..<most {
            do {
                _ = try await log.append(batch(by: publisher))
            } catch let error as EventLogError {
                return (taken, error)
            }
        }
        return (most, nil)
    }

    private static let settings = LogSettings(bytes: 1 << 20, events: 100)

    static let shares = [
        EventLogPromise("who has more than its share does not push out another's new event") { factory in
            let clock = ManualClock()
            let subject = try await factory(settings, clock)
            let log = subject.log
            _ = try await log.append(batch(by: "modest"))
            clock.advance(milliseconds: 18_500)
            let flood = try await flood(log, by: "mallory")
            try expect(flood.taken, is: 49, "the newer half of the log, without the event and the one refused")
            try expect(flood.error?.code, is: .shareFull, "the next")
            try expect(flood.error?.retrySeconds, is: 42, "until the event is a minute old")
            try expect(log.head, is: 50, "what was refused is not there")
            for publisher in ["modest", "forum", nil] { _ = try await log.append(batch(by: publisher)) }
            await subject.settle()
            let step = try await log.read(after: 0)
            try expect(step.start == 0 && step.events.count == 53, "a reader of before the first has no gap")
            clock.advance(milliseconds: 41_500)
            _ = try await log.append(batch(by: "mallory"))
        },
        EventLogPromise("a publisher alone fills the log, and pushes out its own") { factory in
            let subject = try await factory(settings, ManualClock())
            try expect(try await flood(subject.log, by: "shop").taken, is: 1000, "taken")
            _ = try await subject.log.append(batch(300, by: "shop"))
            await subject.settle()
            try expect(subject.log.extent.floor, is: 1200, "floor")
        },
        EventLogPromise("who had the log alone makes room once it is another's, too") { factory in
            let subject = try await factory(settings, ManualClock())
            _ = try await flood(subject.log, by: "mallory", most: 500)
            _ = try await subject.log.append(batch(by: "modest"))
            await subject.settle()
            try expect(try await flood(subject.log, by: "mallory").taken, is: 49, "taken")
            for _ in 1...20 { _ = try await subject.log.append(batch(by: "modest")) }
            await subject.settle()
            try expect(try await subject.log.read(after: 500).start, is: 500, "a reader of before the first has no gap")
        },
        EventLogPromise("a batch is refused whole, its key stays free, and a retry of what is there is not refused") {
            factory in
            let clock = ManualClock()
            let log = try await factory(settings, clock).log
            _ = try await log.append(batch(by: "modest"))
            _ = try await log.append(batch(49, by: "mallory", key: "first"))
            var code: EventLogError.Code?
            do { _ = try await log.append(batch(3, by: "mallory", key: "second")) } catch let error as EventLogError {
                code = error.code
            }
            try expect(code, is: .shareFull, "another batch")
            try expect(try await log.append(batch(49, by: "mallory", key: "first")).isRepeat, "the retry")
            try expect(log.head, is: 50, "head")
            clock.advance(seconds: 60)
            try expect(try await !log.append(batch(3, by: "mallory", key: "second")).isRepeat, "the other, later")
            try expect(try await log.append(batch(3, by: "mallory", key: "second")).isRepeat, "and its retry")
        },
        EventLogPromise("large events count for their bytes") { factory in
            let probe = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            _ = try await probe.append(batch(by: "probe"))
            let log = try await factory(LogSettings(bytes: 40 * probe.extent.byteCount), ManualClock()).log
            _ = try await log.append(batch(by: "modest"))
            try expect(try await flood(log, by: "mallory").taken, is: 19, "taken")
        },
    ]
}
