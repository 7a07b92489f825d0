// What a log lets go of.

internal import EventLog

extension EventLogPromise {
    private static func sequences(_ subject: LogUnderTest, after position: Position = 0) async throws -> [Position] {
        await subject.settle()
        return try await subject.log.readAll(after: position).map(\.sequence)
    }

    static let retention = [
        EventLogPromise("the oldest go when the bytes are too many, and what is around an event counts") { factory in
            let probe = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            try await probe.append(NewEvent("0"))
            let cost = probe.extent.byteCount
            let subject = try await factory(LogSettings(bytes: 3 * cost), ManualClock())
            for digit in 1...5 { try await subject.log.append(NewEvent("\(digit)")) }
            try expect(try await sequences(subject), is: [3, 4, 5], "held")
            try expect(subject.log.extent, is: LogExtent(floor: 2, head: 5, byteCount: 3 * cost), "extent")
            try expect(try await subject.log.read(after: 1).start, is: 2, "a position that is held no longer")
            try expect(try await subject.log.read(after: 2).start, is: 2, "the oldest position")
        },
        EventLogPromise("the newest event stays even if it alone is too large") { factory in
            let subject = try await factory(LogSettings(bytes: 2000), ManualClock())
            for _ in 1...3 { try await subject.log.append(NewEvent("small")) }
            try await subject.log.append(NewEvent(String(repeating: "x", count: 100_000)))
            try expect(try await sequences(subject), is: [4], "held")
            try await subject.log.append(NewEvent("small"))
            try expect(try await sequences(subject), is: [5], "held behind it")
        },
        EventLogPromise("the oldest go when they are too many") { factory in
            let subject = try await factory(LogSettings(bytes: 1 << 24, events: 10), ManualClock())
            _ = try await subject.log.append(EventBatch(Array(repeating: NewEvent(), count: 1234)))
            try expect(try await sequences(subject), is: Array(1225...1234), "held")
        },
        EventLogPromise("the oldest go when they are too old, in a quiet log too, and the newest stays") { factory in
            let clock = ManualClock()
            let subject = try await factory(LogSettings(bytes: 1 << 20, seconds: 60), clock)
            for _ in 1...3 {
                try await subject.log.append(NewEvent())
                clock.advance(seconds: 10)
            }
            clock.advance(milliseconds: 29_999)
            try expect(try await sequences(subject), is: [1, 2, 3], "held until 60 seconds")
            clock.advance(milliseconds: 1)
            try expect(try await sequences(subject), is: [2, 3], "held after 60 seconds")
            clock.advance(seconds: 1000)
            try expect(try await sequences(subject), is: [3], "held for good")
            try expect(subject.log.head, is: 3, "head")
        },
    ]
}
