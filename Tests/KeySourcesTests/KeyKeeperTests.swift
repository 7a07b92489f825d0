import Synchronization
import Testing

@testable import KeySources

/// A keeper with a provider in memory, and a clock that only the test moves.
private final class Bench: Sendable {
    typealias Reply = Result<FetchedDocument, FetchError>

    private struct State {
        var now = FetchSchedule.Instant.now
        var replies: [String: Reply] = [:]
        var fetches: [String] = []
        var reports: [KeyReport<String>] = []
        var changes = 0
        var reads = 0
        /// Fetches that are held back until ``release()``.
        var gate: [CheckedContinuation<Void, Never>]?
    }

    private let state = Mutex(State())
    private let keeperOnce = Mutex<KeyKeeper<String>?>(nil)

    var keeper: KeyKeeper<String> {
        keeperOnce.withLock { keeper in
            if let keeper { return keeper }
            let made = KeyKeeper<String>(
                .init(
                    fetch: { [self] source in await fetch(source) },
                    read: { [self] bytes throws(FetchError) in
                        state.withLock { $0.reads += 1 }
                        guard bytes.first != UInt8(ascii: "<") else { throw FetchError(.malformed, "is no key set") }
                        return String(decoding: bytes, as: UTF8.self)
                    },
                    holds: { text, keyID in keyID.map { text.split(separator: " ").contains($0[...]) } ?? true },
                    report: { [self] report in state.withLock { $0.reports.append(report) } },
                    now: { [self] in state.withLock(\.now) }, chance: { 0 }))
            keeper = made
            return made
        }
    }

    private func fetch(_ source: KeySource) async -> Reply {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                state.fetches.append(source.issuer)
                state.gate?.append(continuation)
                return state.gate != nil
            }
            if !isHeld { continuation.resume() }
        }
        return state.withLock { $0.replies[source.issuer] } ?? .failure(FetchError(.network, "away"))
    }

    func says(_ text: String?, _ issuer: String, maxAge: Duration? = nil) {
        state.withLock { state in
            state.replies[issuer] = text.map {
                .success(FetchedDocument(bytes: Array($0.utf8), maxAge: maxAge))
            }
        }
    }

    func hold() { state.withLock { $0.gate = [] } }

    func release() {
        let held = state.withLock { state in
            defer { state.gate = nil }
            return state.gate ?? []
        }
        for continuation in held { continuation.resume() }
    }

    func pass(_ time: Duration) {
        state.withLock { $0.now += time }
        keeper.tick()
    }

    var fetches: [String] { state.withLock(\.fetches) }
    var reports: [KeyReport<String>] { state.withLock(\.reports) }
    var reads: Int { state.withLock(\.reads) }
    var changes: Int { state.withLock(\.changes) }

    /// Runs the keeper while a body looks at it. Behind it, every fetch that has begun is over.
    func run(_ issuers: [String], rules: FetchRules = FetchRules(), _ body: () async throws -> Void) async throws {
        keeper.adopt(issuers.map { Self.source($0) }, rules)
        let task = Task { await keeper.run { [self] in state.withLock { $0.changes += 1 } } }
        var failure: (any Error)?
        do { try await body() } catch { failure = error }
        task.cancel()
        release()
        await task.value
        if let failure { throw failure }
    }

    static func source(_ issuer: String, path: String = "keys") -> KeySource {
        guard let url = try? SecureURL("https://\(issuer).example/\(path)") else { fatalError("no URL: \(issuer)") }
        return KeySource(issuer: issuer, place: .keys(url))
    }

    /// Waits for what another task does; not for time.
    static func until(_ condition: () -> Bool) async throws {
        for _ in 0..<100_000 {
            if condition() { return }
            await Task.yield()
        }
        try #require(condition(), "it never came")
    }
}

@Suite struct KeyKeeperTests {
    @Test func eachIssuerHasItsOwnKeys() async throws {
        let bench = Bench()
        bench.says("A", "a")
        bench.says("B", "b")
        try await bench.run(["a", "b"]) {
            try await Bench.until { bench.keeper.keys == ["a": "A", "b": "B"] }
            #expect(bench.fetches.sorted() == ["a", "b"])
            bench.says(nil, "b")
            bench.pass(FetchRules.usualRefresh)
            try await Bench.until { bench.reports.count == 4 }
            #expect(bench.keeper.keys == ["a": "A", "b": "B"], "what was fetched serves on")
            #expect(bench.changes == 2, "the same keys again are no change")
        }
    }

    @Test func whoWaitsIsToldBehindTheChange() async throws {
        let bench = Bench()
        bench.says("one", "a")
        try await bench.run(["a"]) {
            try await Bench.until { bench.keeper.keys == ["a": "one"] }
            bench.pass(.seconds(100))
            bench.hold()
            bench.says("one two", "a")
            let told = Mutex<[Int]>([])
            let outlook = bench.keeper.misses("two", of: "a") { told.withLock { $0.append(bench.changes) } }
            guard case .wait = outlook else { throw Surprise() }
            #expect(bench.keeper.waitingCount == 1)
            try await Bench.until { bench.fetches.count == 2 }
            bench.release()
            try await Bench.until { told.withLock { !$0.isEmpty } }
            #expect(told.withLock { $0 } == [2], "the new keys are in use when the request is judged anew")
            #expect(bench.keeper.waitingCount == 0)
        }
    }

    @Test func whoWaitsForASourceThatIsGoneIsToldBehindTheChange() {
        let bench = Bench()
        bench.keeper.adopt([Bench.source("a")], FetchRules())
        let events = Mutex<[String]>([])
        _ = bench.keeper.misses("x", of: "a") { events.withLock { $0.append("told") } }
        bench.keeper.adopt([], FetchRules()) { events.withLock { $0.append("changed") } }
        #expect(events.withLock { $0 } == ["changed", "told"], "or the request would be judged by the former rules")
    }

    @Test func aClientThatLeavesIsForgotten() async throws {
        let bench = Bench()
        bench.says("one", "a")
        bench.hold()
        try await bench.run(["a"]) {
            try await Bench.until { bench.fetches.count == 1 }
            guard case .wait(let cancel) = bench.keeper.misses("x", of: "a", then: { Issue.record("told") }) else {
                throw Surprise()
            }
            cancel()
            #expect(bench.keeper.waitingCount == 0)
            bench.release()
            try await Bench.until { bench.reports.count == 1 }
        }
    }

    @Test func aNumberIsNeverAnothers() async throws {
        let bench = Bench()
        bench.hold()
        try await bench.run(["a"]) {
            guard case .wait(let cancel) = bench.keeper.misses("x", of: "a", then: {}) else { throw Surprise() }
            bench.keeper.adopt([], FetchRules())
            bench.keeper.adopt([Bench.source("a")], FetchRules())
            guard case .wait = bench.keeper.misses("y", of: "a", then: {}) else { throw Surprise() }
            cancel()
            #expect(bench.keeper.waitingCount == 1, "who leaves late takes no other's place")
            bench.release()
        }
    }

    @Test func theSameDocumentIsReadOnce() async throws {
        let bench = Bench()
        bench.says("good", "a")
        try await bench.run(["a"]) {
            try await Bench.until { bench.reports.count == 1 }
            for (text, reports) in [("good", 2), ("<html>", 3), ("<html>", 4), ("good", 5)] {
                bench.says(text, "a")
                bench.pass(FetchRules.usualRefresh)
                try await Bench.until { bench.reports.count == reports }
            }
            #expect(bench.reads == 2, "one good and one bad document")
            #expect(bench.keeper.keys == ["a": "good"] && bench.changes == 1)
            guard case .failure(let error) = bench.reports[3].result else { throw Surprise() }
            #expect(error.code == .malformed)
            #expect(try bench.reports[4].result.get() == "good")
        }
    }

    @Test func aChangedSourceServesOnWithTheFormerKeysForAMinute() async throws {
        let bench = Bench()
        bench.says("old", "a")
        try await bench.run(["a"]) {
            try await Bench.until { bench.keeper.keys == ["a": "old"] && bench.changes == 1 }
            bench.says(nil, "a")
            bench.keeper.adopt([Bench.source("a", path: "typo")], FetchRules())
            try await Bench.until { bench.reports.count == 2 }
            #expect(bench.keeper.keys == ["a": "old"])
            bench.pass(FetchRules.takenOver)
            try await Bench.until { bench.changes == 2 }
            #expect(bench.keeper.keys.isEmpty, "the former source may have been bad")
            bench.says("new", "a")
            bench.pass(.seconds(60))
            try await Bench.until { bench.keeper.keys == ["a": "new"] }
        }
    }

    @Test func aFetchOfAFormerEntryDecidesNothing() async throws {
        let bench = Bench()
        bench.says("A", "a")
        bench.hold()
        try await bench.run(["a"]) {
            try await Bench.until { bench.fetches.count == 1 }
            bench.keeper.adopt([], FetchRules())
            bench.keeper.adopt([Bench.source("a")], FetchRules())
            try await Bench.until { bench.fetches.count == 2 }
        }
        #expect(bench.reports.map(\.hasKeys) == [true] && bench.changes == 1, "the former one's is told to nobody")
    }

    @Test func aFetchThatARequestBeganIsNotMadeForTheNextEntry() async throws {
        let bench = Bench()
        bench.says("A", "a")
        bench.keeper.adopt([Bench.source("a")], FetchRules())
        guard case .wait = bench.keeper.misses("x", of: "a", then: {}) else { throw Surprise() }
        bench.keeper.adopt([], FetchRules())
        try await bench.run(["a"]) { try await Bench.until { !bench.reports.isEmpty } }
        #expect(bench.fetches == ["a"], "the entry's own; never two of one at once")
    }

    @Test func moreThanMayWaitAreToldToComeAgain() async throws {
        let bench = Bench()
        bench.hold()
        try await bench.run(["a", "b"]) {
            try await Bench.until { bench.fetches.count == 2 }
            for number in 0..<FetchRules.waitingRequests { _ = bench.keeper.misses("\(number)", of: "a") {} }
            guard case .unavailable = bench.keeper.misses("more", of: "a", then: {}) else { throw Surprise() }
            guard case .wait = bench.keeper.misses("x", of: "b", then: {}) else { throw Surprise() }
            bench.release()
            try await Bench.until { bench.keeper.waitingCount == 0 }
        }
    }

    @Test func oneIssuersFloodIsNoneOfTheOthers() async throws {
        let bench = Bench()
        bench.says("A", "a")
        bench.says("B", "b")
        try await bench.run(["a", "b"]) {
            try await Bench.until { bench.keeper.keys.count == 2 }
            bench.pass(.seconds(100))
            for number in 0..<10_000 { _ = bench.keeper.misses("\(number)", of: "a") {} }
            try await Bench.until { bench.reports.count == 3 }
            for number in 0..<10_000 { _ = bench.keeper.misses("\(number)", of: "a") {} }
            #expect(bench.fetches.filter { $0 == "a" }.count == 2, "one at the start, and one for 20,000 tokens")
            #expect(bench.fetches.filter { $0 == "b" }.count == 1)
        }
    }

    @Test func aDocumentThatIsNoKeySetCountsAsAFailure() async throws {
        let bench = Bench()
        bench.says("good", "a")
        try await bench.run(["a"]) {
            try await Bench.until { bench.keeper.keys == ["a": "good"] }
            bench.says("<html>", "a")
            bench.pass(FetchRules.usualRefresh)
            try await Bench.until { bench.reports.count == 2 }
            #expect(bench.keeper.keys == ["a": "good"])
            guard case .failure(let error) = bench.reports[1].result else { throw Surprise() }
            #expect(error.code == .malformed)
            #expect(bench.reports[1].hasKeys)
        }
    }

    @Test func aSourceThatIsGoneTakesItsKeysAlong() async throws {
        let bench = Bench()
        bench.says("A", "a")
        bench.says("B", "b")
        try await bench.run(["a", "b"]) {
            try await Bench.until { bench.keeper.keys.count == 2 }
            bench.keeper.adopt([Bench.source("b")], FetchRules())
            #expect(bench.keeper.keys == ["b": "B"], "and the other's stay without a fetch")
            guard case .unknown = bench.keeper.misses("x", of: "a", then: {}) else { throw Surprise() }
            #expect(bench.fetches.count == 2)
        }
    }

    @Test func keysThatAreTooOldAreTakenOutOfUse() async throws {
        let bench = Bench()
        bench.says("A", "a", maxAge: .seconds(60))
        try await bench.run(["a"], rules: FetchRules(staleLimit: .seconds(600))) {
            try await Bench.until { bench.keeper.keys == ["a": "A"] && bench.changes == 1 }
            bench.says(nil, "a")
            bench.pass(.seconds(660))
            try await Bench.until { bench.changes == 2 }
            #expect(bench.keeper.keys.isEmpty)
        }
    }
}

private struct Surprise: Error {}
