// Keys that make a retry safe.

internal import EventLog

extension EventLogPromise {
    private static func batch(_ key: String, by publisher: String = "shop", digest: [UInt8] = [1, 2]) -> EventBatch {
        EventBatch(
            [NewEvent(key), NewEvent(key)], streamCounts: [4, 2],
            key: PublishKey(publisher: publisher, key: key, digest: digest))
    }

    private static func code(_ body: () async throws -> Appended) async throws -> EventLogError.Code? {
        do {
            _ = try await body()
            return nil
        } catch let error as EventLogError {
            return error.code
        }
    }

    static let keys = [
        EventLogPromise("a retry gets the first answer, and adds nothing") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            try await log.append(NewEvent())
            try expect(
                try await log.append(batch("a")), is: Appended(epoch: log.epoch, first: 2, streamCounts: [4, 2]),
                "first time")
            try await log.append(NewEvent())
            let again = EventBatch([NewEvent("a"), NewEvent("a")], streamCounts: [9, 9], key: batch("a").key)
            let expected = Appended(epoch: log.epoch, first: 2, streamCounts: [4, 2], isRepeat: true)
            try expect(try await log.append(again), is: expected, "second time")
            try expect(log.head, is: 4, "head")
        },
        EventLogPromise("the same key for another body is refused, and the key stays good") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            _ = try await log.append(batch("a"))
            try expect(try await code { try await log.append(batch("a", digest: [3])) }, is: .keyReused, "other body")
            try expect(try await log.append(batch("a")).isRepeat, "the first body again")
            try expect(log.head, is: 2, "head")
        },
        EventLogPromise("two publishers' keys have nothing to do with each other") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            _ = try await log.append(batch("a"))
            try expect(try await !log.append(batch("a", by: "forum", digest: [3])).isRepeat, "the other's")
            try expect(log.head, is: 4, "head")
        },
        EventLogPromise("a key is forgotten when its time is over") { factory in
            let clock = ManualClock()
            let subject = try await factory(LogSettings(bytes: 1 << 20, keySeconds: 60), clock)
            _ = try await subject.log.append(batch("a"))
            clock.advance(milliseconds: 59_999)
            try expect(try await subject.log.append(batch("a")).isRepeat, "before its end")
            clock.advance(milliseconds: 1)
            try expect(try await !subject.log.append(batch("a", digest: [9])).isRepeat, "at its end")
            try expect(try await subject.log.append(batch("a", digest: [9])).isRepeat, "it is known anew")
            clock.advance(seconds: 60)
            await subject.settle()
            try expect(try await !subject.log.append(batch("a")).isRepeat, "forgotten in the background")
        },
        EventLogPromise("the oldest key is forgotten when there are too many") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20, keys: 3), ManualClock()).log
            for key in ["a", "b", "c"] { _ = try await log.append(batch(key)) }
            try expect(try await log.append(batch("a")).isRepeat, "three are known")
            _ = try await log.append(batch("d"))
            for key in ["b", "c", "d"] { try expect(try await log.append(batch(key)).isRepeat, "\(key) is known") }
            let tally = log.publishKeys
            try expect(tally.count, is: 3, "known")
            try expect(tally.evicted, is: 1, "evicted")
            try expect(tally.byteCount > 3 * PublishKeyShares.overhead, "what they count for")
            try expect(try await !log.append(batch("a")).isRepeat, "a is known no longer")
        },
        EventLogPromise("a publisher that makes many keys has its own forgotten, and no other's") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20, keys: 50), ManualClock()).log
            for key in ["a", "b", "c"] { _ = try await log.append(batch(key)) }
            for number in 1...200 { _ = try await log.append(batch("\(number)", by: "mallory")) }
            for key in ["a", "b", "c"] { try expect(try await log.append(batch(key)).isRepeat, "\(key) is known") }
            try expect(try await log.append(batch("200", by: "mallory")).isRepeat, "its newest is known")
            try expect(try await !log.append(batch("1", by: "mallory")).isRepeat, "its oldest is not")
        },
        EventLogPromise("keys count in bytes, those with long answers more") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 24, keyBytes: 20_000), ManualClock()).log
            _ = try await log.append(batch("a"))
            for number in 1...10 {
                let key = PublishKey(publisher: "mallory", key: "\(number)", digest: [1])
                _ = try await log.append(EventBatch(Array(repeating: NewEvent(), count: 4000), key: key))
                try expect(try await log.append(EventBatch([], key: key)).isRepeat, "\(number) is known")
            }
            try expect(try await log.append(batch("a")).isRepeat, "another's is known")
            let first = PublishKey(publisher: "mallory", key: "1", digest: [1])
            try expect(try await !log.append(EventBatch([NewEvent()], key: first)).isRepeat, "the first is not")
        },
        EventLogPromise("of many retries at once, one is the first") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            let answers = try await withThrowingTaskGroup(of: Appended.self) { group in
                for _ in 0..<20 { group.addTask { try await log.append(batch("a")) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expect(answers.count { !$0.isRepeat }, is: 1, "first times")
            try expect(log.head == 2 && answers.allSatisfy { $0.first == 1 }, "all have the one place")
        },
    ]
}
