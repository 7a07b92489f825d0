import SeededRandom
import Testing

@testable import EventLog

/// Who is stopped from pushing out what others wrote just now.
@Suite struct LogSharesTests {
    /// A log of 100 events, which keeps what shares ask about and nothing else.
    fileprivate struct Log {
        var shares: LogShares
        var events: [HeldEvent] = []
        var head: Position = 0
        var now = WallTime(milliseconds: 1_000_000)
        let limit: LogWeight

        init(events: Int = 100, bytes: Int = 1 << 40, seconds: Int64 = 60, capacity: Int = 16) {
            let settings = LogSettings(bytes: bytes, events: events, shareSeconds: seconds)
            limit = LogWeight(events: events, bytes: bytes)
            shares = LogShares(settings, capacity: capacity)
        }

        var weight: LogWeight {
            events.reduce(into: LogWeight(events: events.count)) { $0.bytes += $1.bytes }
        }

        /// - Returns: nothing when the batch is in; else after how many seconds it may be.
        mutating func append(_ count: Int = 1, bytes: Int = 10, by name: String?, ttl: Int64? = nil) -> Int64? {
            let (batch, held) = (LogWeight(events: count, bytes: count * bytes), events)
            let end = shares.obstacle(to: batch, by: name, now: now) { place in
                held.first { $0.sequence > place }
            }
            if let end { return (end.milliseconds - now.milliseconds) / 1000 }
            let publisher = shares.publisher(named: name)
            for _ in 0..<count {
                head += 1
                let expiresAt = ttl.map { now.adding(seconds: $0) }
                events.append(
                    HeldEvent(
                        sequence: head, publisher: publisher, bytes: bytes, appendedAt: now, expiresAt: expiresAt))
                shares.insert(head, bytes: bytes, by: publisher)
                while events.count > 1, events.count > limit.events || weight.bytes > limit.bytes { dropOldest() }
            }
            return nil
        }

        mutating func dropOldest() {
            let oldest = events.removeFirst()
            shares.remove(oldest.sequence, bytes: oldest.bytes, of: oldest.publisher)
        }

        mutating func pass(_ seconds: Int64) { now = now.adding(seconds: seconds) }

        /// How many of the publisher's events the log takes until it refuses one.
        mutating func flood(_ most: Int, by name: String, bytes: Int = 10) -> Int {
            (0..<most).prefix { _ in append(bytes: bytes, by: name) == nil }.count
        }

        /// Whether an event is still held.
        func holds(_ sequence: Position) -> Bool { events.contains { $0.sequence == sequence } }
    }

    // MARK: What it costs

    /// A log of 40,000 events: those of nobody, one of the modest publisher's, and a quarter of the log of mallory's.
    @Test(arguments: [(10, 4100, 5), (8000, 2050, 10)])
    func `one batch looks at so much, and the next ones at the rest`(bytes: Int, most: Int, calls: Int) {
        var shares = LogShares(LogSettings(bytes: 1 << 40, events: 40_000))
        let now = WallTime(milliseconds: 1_000_000)
        let nobody = Array(repeating: nil as String?, count: 29_000)
        let names = nobody + ["modest"] + Array(repeating: "mallory", count: 10_000)
        var events: [HeldEvent] = []
        for name in names {
            let publisher = shares.publisher(named: name)
            let sequence = Position(events.count + 1)
            events.append(HeldEvent(sequence: sequence, publisher: publisher, bytes: bytes, appendedAt: now))
            shares.insert(sequence, bytes: bytes, by: publisher)
        }
        var looks: [Int] = []
        for _ in 0..<calls + 2 {
            var count = 0
            let end = shares.obstacle(to: LogWeight(events: 1, bytes: bytes), by: "mallory", now: now) { place in
                count += 1
                return Int(place) < events.count ? events[Int(place)] : nil
            }
            #expect(end == nil)
            looks.append(count)
        }
        #expect(looks.allSatisfy { $0 <= most } && looks.reduce(0, +) == 19_002, "\(looks)")
        #expect(looks.firstIndex(of: 0) == calls, "\(looks)")
    }

    // MARK: Who is never stopped

    @Test func `a publisher alone fills the log, and pushes out its own`() {
        var log = Log()
        #expect(log.flood(1000, by: "a") == 1000 && log.events.count == 100)
        #expect(log.append(500, by: "a") == nil, "nor a batch that is larger than the log")
    }

    @Test func `publishers with as much as each other push out each other's`() {
        var log = Log()
        for _ in 0..<1000 { for name in ["a", "b", "c"] { #expect(log.append(by: name) == nil) } }
        // One has twice what the other has, and no more.
        for _ in 0..<1000 { for name in ["a", "a", "b"] { #expect(log.append(by: name) == nil) } }
    }

    @Test func `events without a publisher stop nobody, and nobody is stopped for them`() {
        var log = Log()
        _ = log.append(by: nil)
        #expect(log.flood(300, by: "a") == 300)
        for _ in 0..<300 { #expect(log.append(by: nil) == nil) }
    }

    @Test func `with 0 seconds nobody is stopped`() {
        var log = Log(seconds: 0)
        _ = log.append(by: "modest")
        #expect(log.flood(300, by: "a") == 300)
    }

    // MARK: Who is

    @Test func `who writes much keeps half of the log for others, until their event is old enough`() {
        var log = Log()
        #expect(log.append(by: "modest") == nil)
        log.pass(20)
        #expect(log.flood(1000, by: "a") == 49, "the event and 49 are half of it")
        #expect(log.append(by: "a") == 40, "seconds until it is a minute old")
        #expect(log.append(by: "modest") == nil && log.append(by: "other") == nil, "others go on")
        log.pass(39)
        #expect(log.append(by: "a") == 1)
        log.pass(1)
        #expect(log.append(by: "a") == nil, "but the second of the modest one's is younger")
        #expect(log.holds(1), "nothing is gone before there is no room")
    }

    @Test func `who had it all alone is stopped once another's event is half a log old`() {
        var log = Log()
        #expect(log.flood(1000, by: "a") == 1000)
        #expect(log.append(by: "modest") == nil)
        #expect(log.flood(1000, by: "a") == 49)
        #expect(log.holds(1001))
    }

    @Test func `a modest publisher that goes on loses none of its own to the other`() {
        var log = Log()
        let first = log.head + 1
        for _ in 0..<10 { #expect(log.append(by: "modest") == nil) }
        _ = log.flood(1000, by: "a")
        for _ in 0..<15 { #expect(log.append(by: "modest") == nil) }
        #expect(log.holds(first))
    }

    @Test func `a batch counts whole, and a large event for its bytes`() {
        var log = Log()
        _ = log.append(by: "modest")
        #expect(log.append(50, by: "a") != nil, "more than the half")
        #expect(log.append(49, by: "a") == nil)
        var small = Log(events: 1_000_000, bytes: 1000)
        _ = small.append(bytes: 100, by: "modest")
        #expect(small.append(bytes: 401, by: "a") != nil)
        #expect(small.append(bytes: 400, by: "a") == nil)
    }

    @Test func `an event that can't be replayed any more is in nobody's way`() {
        var log = Log()
        _ = log.append(by: "modest", ttl: 5)
        #expect(log.flood(1000, by: "a") == 49 && log.append(by: "a") == 5)
        log.pass(5)
        #expect(log.flood(100, by: "a") == 100)
    }

    @Test func `more than half of an even share is not kept`() {
        var log = Log()
        for _ in 0..<26 { _ = log.append(by: "modest") }
        #expect(log.flood(300, by: "a") == 300)
    }

    @Test func `a clock that was set back stops nobody for longer`() {
        var log = Log()
        _ = log.append(by: "modest")
        log.pass(-100_000)
        #expect(log.flood(300, by: "a") == 49 && log.append(by: "a") == 60)
    }

    // MARK: The table

    @Test func `a publisher without events has no place, and places are used again`() {
        var log = Log(events: 4)
        for number in 0..<1000 { #expect(log.append(by: "\(number)") == nil) }
        #expect(log.shares.count == 4 && log.shares.publisher(named: "999").number <= 5)
    }

    @Test func `those for whom there is no place are counted as one`() {
        var log = Log(events: 1000, capacity: 2)
        for name in ["a", "b", "c", "d"] { _ = log.append(by: name) }
        #expect(log.shares.count == 3 && log.shares.weight(of: .others) == LogWeight(events: 2, bytes: 20))
        #expect(log.shares.publisher(named: "e") == .others)
        #expect((0..<3000).prefix { log.append(by: "\($0)") == nil }.count < 1000, "and stopped as one")
    }

    @Test func `what a file says of them is as if it had been counted`() {
        var (log, copy) = (Log(), LogShares(LogSettings(bytes: 1 << 40, events: 100)))
        for name in ["a", "b", "a", "c"] { _ = log.append(by: name) }
        copy = LogShares(LogSettings(bytes: 1 << 40, events: 100), floor: 0, head: 4, weight: log.weight)
        for name in ["c", "a"] {
            let publisher = log.shares.publisher(named: name)
            if let weight = log.shares.weight(of: publisher) { copy.restore(publisher, name: name, weight: weight) }
        }
        #expect(copy.count == 2 && copy.publisher(named: "a") == log.shares.publisher(named: "a"))
        #expect(copy.publisher(named: "new") == log.shares.publisher(named: "b"), "the place between is free")
        #expect(copy.publisher(named: "newer").number == 4)
    }

    @Test func `what it refuses is what the rule says, and a quiet publisher keeps what it has`() {
        var random = SeededGenerator(test: "what it refuses is what the rule says")
        var refused = 0
        for _ in 0..<40 {
            let (events, bytes) = (
                Int.random(in: 40...200, using: &random), Int.random(in: 1000...4000, using: &random)
            )
            var (log, names) = (Log(events: events, bytes: bytes), [LogPublisher: String]())
            let publishers = Int.random(in: 2...5, using: &random)
            for _ in 0..<600 {
                // The first is quiet, and of the others some write more than others.
                let name = Int.random(in: 0..<Int.random(in: 1...publishers, using: &random), using: &random)
                let (count, size) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...40, using: &random))
                let batch = LogWeight(events: count, bytes: count * size)
                let isQuiet = name == 0
                if isQuiet, log.part(log.held(by: "0", names) + batch) > 0.25 / Double(publishers) { continue }
                let (before, isStopped) = (log, log.stops(batch, by: "\(name)", names))
                let isRefused = log.append(count, bytes: size, by: "\(name)") != nil
                // The rule told again also sees what was in nobody's way when it was passed, and would be now.
                #expect(!isRefused || isStopped && !isQuiet, "SLUICE_SEED=\(random.seed)")
                refused += isRefused ? 1 : 0
                if !isRefused { names[log.shares.publisher(named: "\(name)")] = "\(name)" }
                for event in before.events where !log.holds(event.sequence) && names[event.publisher] == "0" {
                    #expect(log.age(of: event) >= 60_000, "SLUICE_SEED=\(random.seed)")
                }
                log.pass(Int64.random(in: 0...1, using: &random))
            }
            let counted = Dictionary(grouping: log.events, by: \.publisher)
            #expect(log.shares.count == counted.count, "SLUICE_SEED=\(random.seed)")
            for (publisher, events) in counted {
                let weight = LogWeight(events: events.count, bytes: events.reduce(0) { $0 + $1.bytes })
                #expect(log.shares.weight(of: publisher) == weight, "SLUICE_SEED=\(random.seed)")
            }
        }
        #expect(refused > 100, "it is about something")
    }
}

// MARK: - The rule, told again without bookkeeping

extension LogSharesTests.Log {
    fileprivate func part(_ weight: LogWeight) -> Double {
        max(Double(weight.events) / Double(limit.events), Double(weight.bytes) / Double(limit.bytes))
    }

    fileprivate func held(by name: String, _ names: [LogPublisher: String]) -> LogWeight {
        events.filter { names[$0.publisher] == name }
            .reduce(LogWeight()) { $0 + LogWeight(events: 1, bytes: $1.bytes) }
    }

    fileprivate func age(of event: HeldEvent) -> Int64 { now.milliseconds - event.appendedAt.milliseconds }

    /// Whether the rule stops a batch, found out by counting everything anew.
    fileprivate func stops(_ batch: LogWeight, by name: String, _ names: [LogPublisher: String]) -> Bool {
        let owners = Set(events.compactMap { names[$0.publisher] }).union([name])
        let (mine, fair) = (part(held(by: name, names) + batch), 0.5 / Double(owners.count))
        guard owners.count > 1, mine > fair else { return false }
        var behind = batch
        // What the batch would put into the older half.
        return events.reversed().contains { event in
            behind = behind + LogWeight(events: 1, bytes: event.bytes)
            guard part(behind) > 0.5, let owner = names[event.publisher], owner != name else { return false }
            return age(of: event) < 60_000 && part(held(by: owner, names)) <= min(fair, mine / 2)
        }
    }
}
