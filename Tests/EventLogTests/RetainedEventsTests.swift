import EventLogPromises
import NIOCore
import SeededRandom
import Testing

@testable import EventLog

/// What the memory log holds, for how long, and how a stream finds what is for it.
@Suite struct RetainedEventsTests {
    private static let start = WallTime(milliseconds: 1_000_000)

    private static func event(
        _ sequence: Position, _ audience: Audience = .everyone, bytes: Int = 10, expiresAt: WallTime? = nil
    ) -> LoggedEvent {
        let frame = EventFrame(capacity: bytes) { $0.writeRepeatingByte(0x61, count: bytes) }
        return LoggedEvent(sequence: sequence, audience: audience, frame: frame, expiresAt: expiresAt)
    }

    private static let alice = Interest(user: "alice", topics: ["news"])

    /// What an event of ten bytes for everyone counts for.
    private static let cost = event(1).cost

    /// Room for `count` events of ten bytes.
    private static func retained(_ count: Int) -> RetainedEvents {
        RetainedEvents(LogSettings(bytes: count * cost))
    }

    private static func read(
        _ events: RetainedEvents, after position: Position, for interest: Interest = alice, byteLimit: Int = 1 << 20,
        now: WallTime = start
    ) -> ReplayStep {
        events.read(after: position, for: interest, byteLimit: byteLimit, now: now)
    }

    @Test func `an empty log has reached its head at once`() {
        let step = Self.read(Self.retained(3), after: 0)
        #expect(step.start == 0 && step.position == 0 && step.reachedHead && step.events.isEmpty)
    }

    @Test func `the oldest go when the bytes are too many, and their own headers count`() {
        var events = Self.retained(3)
        for sequence in Position(1)...5 { events.append(Self.event(sequence), at: Self.start) }
        #expect(events.head == 5)
        #expect(events.floor == 2)
        #expect(events.byteCount == 3 * Self.cost)
        #expect(Self.read(events, after: 2).events.map(\.sequence) == [3, 4, 5])
    }

    @Test func `one large event drives out many small ones, and stays even if it alone is too large`() {
        var events = Self.retained(3)
        for sequence in Position(1)...3 { events.append(Self.event(sequence), at: Self.start) }
        events.append(Self.event(4, bytes: 100_000), at: Self.start)
        #expect(events.floor == 3)
        #expect(Self.read(events, after: 3).events.map(\.sequence) == [4])
        events.append(Self.event(5), at: Self.start)
        #expect(events.floor == 4)
        #expect(events.byteCount == Self.cost)
    }

    @Test func `a position that is held no longer is read from the floor, which tells the gap`() {
        var events = Self.retained(3)
        for sequence in Position(1)...10 { events.append(Self.event(sequence), at: Self.start) }
        #expect(Self.read(events, after: 6).start == 7)
        #expect(Self.read(events, after: 7).start == 7)
        #expect(Self.read(events, after: 0).events.map(\.sequence) == [8, 9, 10])
    }

    @Test func `a position from the future is read from the head`() {
        var events = Self.retained(3)
        events.append(Self.event(1), at: Self.start)
        let step = Self.read(events, after: 5)
        #expect(step.start == 1 && step.position == 1 && step.reachedHead && step.events.isEmpty)
    }

    @Test func `a step stops with the event that reaches the limit, and the next goes on behind it`() {
        var events = Self.retained(100)
        for sequence in Position(1)...10 { events.append(Self.event(sequence), at: Self.start) }
        let first = Self.read(events, after: 0, byteLimit: 35)
        #expect(first.events.map(\.sequence) == [1, 2, 3, 4])
        #expect(first.position == 4 && !first.reachedHead)
        let second = Self.read(events, after: first.position, byteLimit: 60)
        #expect(second.events.map(\.sequence) == [5, 6, 7, 8, 9, 10])
        #expect(!second.reachedHead, "the limit was reached first")
        #expect(Self.read(events, after: second.position, byteLimit: 60).reachedHead)
    }

    @Test func `a step of the least bytes still gives one event`() {
        var events = Self.retained(100)
        for sequence in Position(1)...3 { events.append(Self.event(sequence), at: Self.start) }
        #expect(Self.read(events, after: 1, byteLimit: 1).events.map(\.sequence) == [2])
    }

    @Test func `what has expired is not replayed, to the millisecond`() {
        var events = Self.retained(100)
        events.append(Self.event(1, expiresAt: Self.start.adding(seconds: 1)), at: Self.start)
        events.append(Self.event(2), at: Self.start)
        let last = WallTime(milliseconds: Self.start.milliseconds + 999)
        #expect(Self.read(events, after: 0, now: last).events.map(\.sequence) == [1, 2])
        #expect(Self.read(events, after: 0, now: Self.start.adding(seconds: 1)).events.map(\.sequence) == [2])
    }

    @Test func `a step of expired events only still moves on`() {
        var events = Self.retained(100)
        for sequence in Position(1)...3 { events.append(Self.event(sequence, expiresAt: Self.start), at: Self.start) }
        let step = Self.read(events, after: 0, byteLimit: 1)
        #expect(step.events.isEmpty && step.position == 3 && step.reachedHead)
    }

    @Test func `a time to live that has no end in the calendar is one without end`() {
        #expect(Self.start.adding(seconds: .max) == WallTime(milliseconds: .max))
        #expect(WallTime(milliseconds: .max).adding(seconds: 1) == WallTime(milliseconds: .max))
        #expect(Self.start.adding(seconds: 2).milliseconds == 1_002_000)
    }

    // MARK: Against a search through everything

    private static let names = ["alice", "bob", "carol", "dave"]
    private static let topics = ["news", "sport", "rooms/1"]

    private static func audience(using random: inout SeededGenerator) -> Audience {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .user(names.randomElement(using: &random) ?? "")
        case 1: .users(names.shuffled(using: &random).dropLast(Int.random(in: 0...4, using: &random)))
        case 2: .topic(topics.randomElement(using: &random) ?? "")
        default: .everyone
        }
    }

    private static func interest(using random: inout SeededGenerator) -> Interest {
        let count = Int.random(in: 0...3, using: &random)
        return Interest(
            user: (names + ["nobody"]).randomElement(using: &random) ?? "",
            topics: Array(topics.shuffled(using: &random).prefix(count)))
    }

    @Test func `the index gives what a search gives`() throws {
        var random = SeededGenerator(test: "the index gives what a search gives")
        for _ in 0..<60 {
            let settings = LogSettings(bytes: Int.random(in: 500...20_000, using: &random))
            var (events, model, now) = (RetainedEvents(settings), ModelLog(settings), Self.start)
            for sequence in Position(1)...80 {
                now.milliseconds += Int64.random(in: 0...500, using: &random)
                let ttl: Int64? = Bool.random(using: &random) ? Int64.random(in: 0...20, using: &random) : nil
                let event = Self.event(
                    sequence, Self.audience(using: &random), bytes: Int.random(in: 1...200, using: &random),
                    expiresAt: ttl.map { now.adding(seconds: $0) })
                events.append(event, at: now)
                model.append(event, now: now)
                let position = Position.random(in: 0...(sequence + 2), using: &random)
                let interest = Self.interest(using: &random)
                let limit = Int.random(in: 1...1500, using: &random)
                let step = Self.read(events, after: position, for: interest, byteLimit: limit, now: now)
                let expected = model.read(after: position, for: interest, byteLimit: limit, now: now)
                try expect(step, is: expected, "after \(position), SLUICE_SEED=\(random.seed)")
            }
        }
    }
}
