import Synchronization
import Testing

@testable import KeySources

/// One issuer as a value: whom a fetch tells, and what they learn then. Keys are a text of names.
private struct Bench {
    var issuer: KeptIssuer<String>
    var now = FetchSchedule.Instant.now
    private var number: UInt64 = 0

    init(_ rules: FetchRules = FetchRules()) throws {
        let source = KeySource(issuer: "a", place: .keys(try SecureURL("https://a.example/keys")))
        issuer = KeptIssuer(source, number: 0, rules, at: now)
    }

    /// An issuer whose key is `old`, with no fetch since a while.
    static func started(_ rules: FetchRules = FetchRules()) throws -> Bench {
        var bench = try Bench(rules)
        bench.look()
        bench.brings("old")
        bench.now += .seconds(100)
        return bench
    }

    @discardableResult
    mutating func look() -> FetchSchedule.Action { issuer.schedule.look(at: now) }

    @discardableResult
    mutating func misses(_ keyID: String?) -> FetchSchedule.Outlook {
        number += 1
        return issuer.misses(keyID, at: now, number: number) {}
    }

    mutating func leaves() { issuer.leaves(number) }

    /// The fetch ends.
    ///
    /// - Returns: how many were told.
    @discardableResult
    mutating func brings(_ names: String?) -> Int {
        let document = names.map { FetchedDocument(bytes: Array($0.utf8), maxAge: nil) }
        let read = names.map { Result<String, FetchError>.success($0) } ?? .failure(FetchError(.network, "away"))
        return issuer.ends(document, read, at: now, chance: 0) { names, keyID in
            keyID.map { names.split(separator: " ").contains($0[...]) } ?? true
        }.told.count
    }

    func afterWaiting(_ keyID: String?) -> FetchSchedule.Outlook {
        issuer.schedule.afterWaiting(for: keyID, at: now)
    }
}

@Suite struct KeptIssuerTests {
    @Test func whoJoinsAFetchThatBeganBeforeIsJudgedByTheNext() throws {
        var bench = try Bench.started()
        #expect(bench.misses("new") == .fetch, "somebody has named it before it was made")
        bench.now += .milliseconds(100)
        #expect(bench.misses("new") == .wait, "now it is made, but the answer is under way")
        #expect(bench.brings("old") == 1, "the first one")
        #expect(bench.afterWaiting("new") == .unknown, "which is told so")
        #expect(bench.issuer.room.count == 1, "the second one waits on")
        bench.now += .seconds(5)
        #expect(bench.look() == .fetch)
        #expect(bench.brings("old new") == 1)
        #expect(bench.issuer.keys == "old new")
    }

    @Test func aFetchThatBringsTheKeyTellsAlsoWhoJoinedIt() throws {
        var bench = try Bench.started()
        bench.misses("new")
        bench.misses("new")
        bench.misses("newer")
        #expect(bench.brings("old new") == 2)
        #expect(bench.issuer.room.count == 1)
    }

    @Test func aKeyThatWasNamedBeforeItWasMadeCostsOneWait() throws {
        var bench = try Bench.started()
        for _ in 0..<5 {
            bench.misses("next")
            bench.look()
            bench.brings("old")
            bench.now += .seconds(5)
        }
        bench.misses("next")
        bench.brings("old")
        #expect(bench.misses("next") == .wait)
        bench.now += .seconds(5)
        #expect(bench.look() == .fetch)
        #expect(bench.brings("old next") == 1)
    }

    @Test func atTheStartWhoNamesNoKeyIsToldAndNotRefused() throws {
        var bench = try Bench()
        bench.look()
        #expect(bench.misses(nil) == .wait)
        #expect(bench.brings("first") == 1)
        #expect(bench.afterWaiting(nil) == .unavailable(.seconds(1)), "the fetch began before it came")
        bench.misses(nil)
        bench.now += .seconds(5)
        bench.look()
        #expect(bench.brings("first") == 1)
        #expect(bench.afterWaiting(nil) == .unknown)
    }

    @Test func aFailureTellsEverybodyThatNobodyCanSay() throws {
        var bench = try Bench.started()
        bench.misses("one")
        bench.misses("two")
        #expect(bench.brings(nil) == 2)
        #expect(bench.afterWaiting("one") != .unknown && bench.afterWaiting("two") != .unknown)
        #expect(bench.issuer.keys == "old")
    }

    @Test func nothingIsRememberedOfKeysThatNobodyWaitsFor() throws {
        var bench = try Bench.started()
        for number in 0..<100_000 {
            bench.misses("\(number)")
            bench.leaves()
        }
        #expect(bench.issuer.room.count == 0)
        #expect(bench.brings("old") == 0)
        for number in 0..<2 * FetchRules.waitingRequests { bench.misses("\(number)") }
        #expect(bench.issuer.room.count == FetchRules.waitingRequests)
        #expect(bench.misses("more") == .unavailable(.seconds(1)))
        bench.now += .seconds(5)
        bench.look()
        #expect(bench.brings("old") == FetchRules.waitingRequests)
        #expect(bench.issuer.room.count == 0)
    }
}
