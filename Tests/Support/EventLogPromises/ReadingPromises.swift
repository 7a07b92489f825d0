// What a stream reads from its position on.

internal import EventLog
internal import NIOCore

extension EventLogPromise {
    private static let alice = Interest(user: "alice", topics: ["news"])

    /// A log with nine events for everyone, whose frames are of one size.
    private static func nine(_ factory: LogFactory) async throws -> (log: any EventLog, frame: Int) {
        let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
        for digit in 0..<9 { try await log.append(NewEvent("\(digit)")) }
        let frame = try await log.readAll()[0].frame.byteCount
        return (log, frame)
    }

    static let reading = [
        EventLogPromise("a stream reads what is for it, and nothing else") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 20), ManualClock()).log
            let audiences: [Audience] = [
                .user("alice"), .user("bob"), .users(["bob", "alice"]), .users(["bob"]), .users([]), .topic("news"),
                .topic("sport"), .topic("alice"), .user("news"), .everyone,
            ]
            for audience in audiences { try await log.append(NewEvent(to: audience)) }
            try expect(try await log.readAll(for: alice).map(\.sequence), is: [1, 3, 6, 10], "alice's")
            try expect(try await log.readAll(for: Interest(user: "bob")).map(\.sequence), is: [2, 3, 4, 10], "bob's")
            try expect(try await log.readAll(for: Interest(user: "")).map(\.sequence), is: [10], "nobody's")
        },
        EventLogPromise("a step ends with the event that reaches the limit, and the next goes on behind it") {
            factory in
            let (log, frame) = try await nine(factory)
            let first = try await log.read(after: 0, byteLimit: 3 * frame + 1)
            try expect(first.events.map(\.sequence), is: [1, 2, 3, 4], "the first step")
            try expect(first.position == 4 && !first.reachedHead, "the first step's end: \(first.position)")
            let second = try await log.read(after: 4, byteLimit: 5 * frame)
            try expect(second.events.map(\.sequence), is: [5, 6, 7, 8, 9], "the second step")
            try expect(!second.reachedHead, "the limit was reached first")
            try expect(try await log.read(after: 9).reachedHead, "the head")
            try expect(try await log.read(after: 3, byteLimit: 1).events.map(\.sequence), is: [4], "the least step")
        },
        EventLogPromise("a position from the future is read from the head") { factory in
            let log = try await nine(factory).log
            for position in [Position(10), 1 << 62, 1 << 63, .max] {
                let step = try await log.read(after: position)
                try expect(step, is: ReplayStep(start: 9, position: 9, reachedHead: true), "after \(position)")
            }
        },
        EventLogPromise("what has expired is not replayed, to the millisecond") { factory in
            let clock = ManualClock()
            let log = try await factory(LogSettings(bytes: 1 << 20), clock).log
            try await log.append(NewEvent("short", timeToLive: 1), NewEvent("long"), NewEvent("end", timeToLive: .max))
            clock.advance(milliseconds: 999)
            try expect(try await log.readAll().map(\.sequence), is: [1, 2, 3], "before")
            clock.advance(milliseconds: 1)
            try expect(try await log.readAll().map(\.sequence), is: [2, 3], "after")
        },
        EventLogPromise("a step looks at a bounded number of events, expired ones too") { factory in
            let log = try await factory(LogSettings(bytes: 1 << 24), ManualClock()).log
            let expired = Array(repeating: NewEvent("", timeToLive: 0), count: ReplayStep.lookLimit + 5)
            _ = try await log.append(EventBatch(expired))
            try await log.append(NewEvent("last"))
            let step = try await log.read(after: 0, byteLimit: 1)
            try expect(step.events.isEmpty && !step.reachedHead, "the first step has nothing and goes on")
            try expect(step.position, is: Position(ReplayStep.lookLimit), "the first step's position")
            try expect(try await log.readAll().map(\.sequence), is: [Position(ReplayStep.lookLimit) + 6], "the rest")
        },
    ]
}
