import SeededRandom
import Testing

@testable import KeySources

/// A schedule with a clock that only the test moves.
private struct Bench {
    var schedule: FetchSchedule
    var now: FetchSchedule.Instant
    let start: FetchSchedule.Instant
    /// When fetches began.
    var fetches: [Duration] = []

    init(_ rules: FetchRules = FetchRules()) {
        start = .now
        now = start
        schedule = FetchSchedule(rules, at: now)
    }

    var elapsed: Duration { now - start }

    mutating func pass(_ time: Duration) { now += time }

    /// - Returns: whether the keys were forgotten.
    @discardableResult
    mutating func look() -> Bool {
        var hasForgotten = false
        while true {
            switch schedule.look(at: now) {
            case .nothing: return hasForgotten
            case .fetch: fetches.append(elapsed)
            case .forget: hasForgotten = true
            }
        }
    }

    mutating func misses() -> FetchSchedule.Outlook {
        let outlook = schedule.misses(at: now)
        if outlook == .fetch { fetches.append(elapsed) }
        return outlook
    }

    mutating func succeed(
        maxAge: Duration? = nil, chance: Double = 0, isAwaited: Bool = false, undecided: Set<String?> = []
    ) {
        schedule.succeeded(
            maxAge: maxAge, at: now, chance: chance, isAwaited: isAwaited, undecided: undecided)
    }

    mutating func fail(chance: Double = 0) { schedule.failed(at: now, chance: chance) }

    /// The first fetch, which brings keys.
    static func started(_ rules: FetchRules = FetchRules(), maxAge: Duration? = nil) -> Bench {
        var bench = Bench(rules)
        bench.look()
        bench.succeed(maxAge: maxAge)
        return bench
    }

    /// When the next fetch begins, looking every second.
    mutating func timeToNextFetch(atMost limit: Duration) -> Duration? {
        let (before, since) = (fetches.count, now)
        while now - since <= limit {
            look()
            if fetches.count > before { return now - since }
            pass(.seconds(1))
        }
        return nil
    }
}

@Suite struct FetchScheduleTests {
    @Test func theFirstFetchIsDueAtOnceAndTheNextNotBeforeItIsOver() {
        var bench = Bench()
        bench.look()
        #expect(bench.fetches == [.zero])
        bench.pass(.seconds(3600))
        bench.look()
        #expect(bench.fetches.count == 1, "one fetch at a time")
    }

    @Test(arguments: [
        (Duration?.none, FetchRules.usualRefresh), (.zero, FetchRules.shortestRefresh),
        (.seconds(3), FetchRules.shortestRefresh), (.seconds(300), .seconds(300)),
        (.seconds(86_400), FetchRules.longestRefresh), (.seconds(31_536_000), FetchRules.longestRefresh),
    ])
    func maxAgeIsObeyedWithinBounds(maxAge: Duration?, expected: Duration) {
        var bench = Bench.started(maxAge: maxAge)
        #expect(bench.timeToNextFetch(atMost: .seconds(90_000)) == expected)
    }

    @Test func nodesThatStartTogetherDoNotAskTogether() {
        var generator = SeededGenerator(test: "jitter")
        let times = (0..<200).map { _ -> Duration in
            var bench = Bench()
            bench.look()
            bench.succeed(maxAge: .seconds(1000), chance: Double.random(in: 0...1, using: &generator))
            return bench.timeToNextFetch(atMost: .seconds(1000)) ?? .zero
        }
        #expect(times.allSatisfy { (.seconds(900) ... .seconds(1000)).contains($0) }, "never later than asked")
        #expect(Set(times).count > 50)
    }

    @Test func aKeyThatIsNotThereIsFetchedOnceAndThenUnknown() {
        var bench = Bench.started()
        bench.pass(.seconds(100))
        #expect(bench.misses() == .fetch)
        #expect(bench.misses() == .wait)
        bench.succeed()
        #expect(bench.schedule.afterWaiting(for: "new", at: bench.now) == .unknown)
        #expect(bench.misses() == .wait, "the provider may have made it since, whoever has named it before")
        #expect(bench.timeToNextFetch(atMost: .seconds(10)) == .seconds(5))
    }

    @Test func aKeyOfARequestThatCameBehindTheBeginIsNotUnknown() {
        var bench = Bench.started()
        bench.pass(.seconds(100))
        #expect(bench.misses() == .fetch)
        bench.succeed(isAwaited: true, undecided: ["late"])
        #expect(bench.schedule.afterWaiting(for: "late", at: bench.now) == .unavailable(.seconds(1)))
        #expect(bench.schedule.afterWaiting(for: "early", at: bench.now) == .unknown)
        #expect(bench.timeToNextFetch(atMost: .seconds(10)) == .seconds(5), "who came too late is waited for")
    }

    @Test func aRequestWhoseTimeIsOverIsNotToldThatItsKeyDoesNotExist() {
        var bench = Bench.started()
        bench.pass(FetchRules.patience - FetchRules.fetchTime)
        #expect(bench.schedule.afterWaiting(for: "x", at: bench.now) == .unavailable(.seconds(1)), "no fetch told it")
        _ = bench.misses()
        #expect(bench.schedule.afterWaiting(for: "x", at: bench.now) == .unavailable(.seconds(1)), "nor has this one")
        #expect(FetchRules.judgedWithin < FetchRules.patience - FetchRules.fetchTime)
    }

    @Test func aKeyMadeDuringTheCooldownIsWaitedFor() {
        var bench = Bench.started()
        bench.pass(.seconds(2))
        #expect(bench.misses() == .wait)
        #expect(bench.timeToNextFetch(atMost: .seconds(10)) == .seconds(3), "when the cooldown is over")
    }

    @Test func tenThousandUnknownKeysASecondStartOneFetchPerCooldown() {
        var bench = Bench.started()
        for second in 0..<60 {
            for _ in 0..<10_000 { _ = bench.misses() }
            bench.look()
            if second.isMultiple(of: 2) { bench.succeed() }
            bench.pass(.seconds(1))
        }
        #expect(bench.fetches.count <= 1 + 60 / 5)
        #expect(zip(bench.fetches, bench.fetches.dropFirst()).allSatisfy { $1 - $0 >= .seconds(5) })
    }

    @Test func aLongCooldownIsNotWaitedOut() {
        var bench = Bench.started(FetchRules(cooldown: .seconds(60)))
        bench.pass(.seconds(10))
        #expect(bench.misses() == .unavailable(.seconds(45)), "when it can wait")
        bench.pass(.seconds(45))
        #expect(bench.misses() == .wait, "5 s are within a request's patience")
    }

    @Test func aProviderThatIsAwayForTenMinutesBreaksNothing() {
        var bench = Bench.started(maxAge: .seconds(300))
        bench.pass(.seconds(300))
        for _ in 0..<600 {
            let hasForgotten = bench.look()
            #expect(!hasForgotten, "the keys serve on")
            if bench.fetches.count > 1 { bench.fail() }
            #expect(bench.schedule.hasKeys)
            bench.pass(.seconds(1))
        }
        #expect(bench.fetches.count < 25, "failed fetches come ever more seldom")
        _ = bench.timeToNextFetch(atMost: .seconds(60))
        bench.succeed()
        #expect(bench.misses() != .unknown)
    }

    @Test func failuresBackOffWithinBoundsAndJitter() {
        var bench = Bench()
        bench.look()
        var waits: [Duration] = []
        for _ in 0..<6 {
            bench.fail()
            waits.append(bench.timeToNextFetch(atMost: .seconds(120)) ?? .zero)
        }
        #expect(waits == [5, 10, 20, 40, 60, 60].map { Duration.seconds($0) })
        bench.fail(chance: 1)
        #expect(bench.timeToNextFetch(atMost: .seconds(120)) == .seconds(90))
    }

    @Test func keysServeOnUntilTheStaleLimitAndThenNoMore() {
        var bench = Bench.started(FetchRules(staleLimit: .seconds(3600)), maxAge: .seconds(300))
        bench.pass(.seconds(3899))
        bench.look()
        bench.fail()
        #expect(bench.schedule.hasKeys)
        bench.pass(.seconds(1))
        let hasForgotten = bench.look()
        #expect(hasForgotten, "300 s fresh and 3600 s stale are over")
        #expect(!bench.schedule.hasKeys)
        #expect(bench.misses() == .unavailable(.seconds(4)))
        bench.pass(.seconds(60))
        bench.look()
        bench.succeed()
        #expect(bench.schedule.hasKeys)
    }

    @Test func whileFetchesFailNobodyIsToldThatAKeyDoesNotExist() {
        var bench = Bench.started()
        bench.pass(.seconds(100))
        #expect(bench.misses() == .fetch)
        bench.fail()
        #expect(bench.schedule.afterWaiting(for: "new", at: bench.now) == .unavailable(.seconds(5)))
        #expect(bench.misses() == .unavailable(.seconds(5)))
        bench.pass(.seconds(5))
        #expect(bench.misses() == .fetch, "who asks may be the first to see that the provider is back")
    }

    @Test func atTheStartARequestWaitsForTheFirstFetch() {
        var bench = Bench()
        bench.look()
        #expect(bench.misses() == .wait)
        bench.succeed()
        #expect(bench.schedule.hasKeys)
    }

    @Test func whatIsTakenOverServesForAMinuteAndNotLonger() {
        let former = Bench.started()
        var bench = Bench()
        bench.now = former.now
        bench.schedule.takeOver(former.schedule, at: bench.now)
        #expect(bench.schedule.hasKeys)
        bench.look()
        bench.fail()
        bench.pass(.seconds(50))
        var again = FetchSchedule(FetchRules(), at: bench.now)
        again.takeOver(bench.schedule, at: bench.now)
        bench.schedule = again
        bench.look()
        bench.pass(.seconds(10))
        let hasForgotten = bench.look()
        #expect(hasForgotten && !bench.schedule.hasKeys, "another change does not make it longer")
    }
}
