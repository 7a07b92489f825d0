// What stands around a batch: how much may be on its way, who waits for the tail, and the health of publishing.

import EventLog
import NIOCore
import Synchronization
import Testing

@testable import JetStreamEventLog

@Suite struct AppendBudgetTests {
    private func share(_ bytes: Int, _ events: Int = 1) -> AppendBudget.Share { .init(bytes: bytes, events: events) }

    @Test(arguments: [AppendBudget(bytes: 100, events: 10), AppendBudget(bytes: 1000, events: 2)])
    func whatIsMoreIsRefusedAsBusyUntilHalfIsFree(budget: AppendBudget) throws {
        var budget = budget
        try budget.admit(share(50))
        try budget.admit(share(50))
        #expect(throws: EventLogError.self) { try budget.admit(share(1)) }
        #expect(budget.isBusy)
        budget.release(share(50))
        #expect(!budget.isBusy)
        try budget.admit(share(1))
        #expect(budget.bytes == 51 && budget.events == 2)
    }

    @Test func aBatchThatIsLargerThanAllIsTakenAlone() throws {
        var budget = AppendBudget(bytes: 100, events: 10)
        try budget.admit(share(1000, 50))
        #expect(throws: EventLogError.self) { try budget.admit(share(1)) }
        budget.release(share(1000, 50))
        #expect(budget.bytes == 0 && budget.events == 0 && !budget.isBusy)
    }
}

@Suite struct TailProgressTests {
    final class Called: Sendable {
        private let names = Mutex<[String]>([])

        var all: [String] { names.withLock { $0 } }

        func body(_ name: String) -> @Sendable (TailProgress.Outcome) -> Void {
            { outcome in self.names.withLock { $0.append(outcome == .epochEnded ? "\(name): over" : name) } }
        }
    }

    private let first: Epoch
    private let second: Epoch

    init() throws { (first, second) = (try #require(Epoch("first")), try #require(Epoch("second"))) }

    @Test func whoWaitsIsCalledWhenTheTailIsThere() {
        let (progress, called) = (TailProgress(in: first, at: 5), Called())
        progress.wait(for: 5, in: first, then: called.body("there"))
        progress.wait(for: 8, in: first, then: called.body("8"))
        progress.wait(for: 7, in: first, then: called.body("7"))
        progress.wait(for: 7, in: first, then: called.body("7 again"))
        #expect(called.all == ["there"])
        progress.advance(to: 6)
        #expect(called.all == ["there"])
        progress.advance(to: 8)
        #expect(called.all == ["there", "7", "7 again", "8"])
        progress.advance(to: 3)
        progress.wait(for: 8, in: first, then: called.body("still"))
        #expect(called.all.last == "still")
    }

    @Test func nobodyWaitsForATailThatIsCutOff() {
        let (progress, called) = (TailProgress(in: first, at: 5), Called())
        progress.wait(for: 6, in: first, then: called.body("before"))
        progress.interrupt()
        progress.wait(for: 9, in: first, then: called.body("meanwhile"))
        #expect(called.all == ["before", "meanwhile"])
        progress.resume(at: 6)
        progress.wait(for: 7, in: first, then: called.body("after"))
        #expect(called.all.count == 2)
        progress.advance(to: 7)
        #expect(called.all.count == 3)
    }

    /// The first places of a stream that was made anew may be above all of the old one: who is answered without the
    /// tail looks whether it is still the same.
    @Test func whoIsAnsweredWithoutTheTailIsToldSo() {
        let progress = TailProgress(in: first, at: 5)
        let outcomes = Mutex<[TailProgress.Outcome]>([])
        progress.wait(for: 4, in: first) { outcome in outcomes.withLock { $0.append(outcome) } }
        progress.wait(for: 6, in: first) { outcome in outcomes.withLock { $0.append(outcome) } }
        progress.interrupt()
        progress.wait(for: 7, in: first) { outcome in outcomes.withLock { $0.append(outcome) } }
        progress.wait(for: 3, in: first) { outcome in outcomes.withLock { $0.append(outcome) } }
        #expect(outcomes.withLock { $0 } == [.told, .untold, .untold, .told])
    }

    /// What was found before the tail went on takes nothing back, and answers nobody early.
    @Test func aTailThatHasGoneOnIsNotPutBack() {
        let (progress, called) = (TailProgress(in: first, at: 5), Called())
        progress.interrupt()
        progress.advance(to: 8)
        progress.resume(at: 7)
        progress.wait(for: 8, in: first, then: called.body("8"))
        progress.wait(for: 9, in: first, then: called.body("9"))
        progress.resume(at: 8)
        #expect(called.all == ["8"])
    }

    /// A tail that stands still may not know that it is cut off.
    @Test func nobodyWaitsForLongerThanTheirPatience() {
        let (progress, called) = (TailProgress(in: first, at: 5), Called())
        let start = NIODeadline.uptimeNanoseconds(1 << 40)
        progress.wait(for: 6, in: first, since: start, then: called.body("6"))
        progress.wait(for: 9, in: first, since: start + .seconds(3), then: called.body("9"))
        progress.release(start + TailProgress.patience - .nanoseconds(1))
        #expect(called.all.isEmpty)
        progress.release(start + TailProgress.patience)
        #expect(called.all == ["6"])
        progress.advance(to: 9)
        #expect(called.all == ["6", "9"])
        progress.release(start + .hours(1))
        #expect(called.all == ["6", "9"], "each once")
    }

    @Test func whoWaitsForAnEpochThatEndsIsToldSo() {
        let (progress, called) = (TailProgress(in: first, at: 100), Called())
        progress.wait(for: 101, in: first, then: called.body("before"))
        progress.begin(second, at: 90)
        progress.wait(for: 101, in: first, then: called.body("late"))
        progress.wait(for: 80, in: first, then: called.body("late and low"))
        progress.wait(for: 91, in: second, then: called.body("new"))
        #expect(called.all == ["before: over", "late: over", "late and low: over"])
        #expect(progress.mark == TailProgress.Mark(epoch: second, position: 90))
        progress.advance(to: 91)
        #expect(called.all.last == "new")
    }

    /// The first message of a stream that was made anew, before this node has seen that.
    @Test func aPlaceThatWasToldBeforeItsBatchIsOfAnotherStream() {
        let mark = TailProgress.Mark(epoch: first, position: 500)
        #expect(!mark.allows([.init(sequence: 1, streams: 0)]))
        #expect(!mark.allows([.init(sequence: 501, streams: 0), .init(sequence: 500, streams: 0)]))
        #expect(mark.allows([.init(sequence: 501, streams: 0)]))
        #expect(mark.allows([.init(sequence: 3, streams: 0, wasThere: true), .init(sequence: 501, streams: 0)]))
    }
}

@Suite struct PublishProbeTests {
    private let error = EventLogError(.unavailable, "away")

    /// Attempts that end as they are told.
    private final class Script: Sendable {
        private let outcomes: Mutex<[EventLogError?]>

        init(_ outcomes: [EventLogError?]) { self.outcomes = Mutex(outcomes) }

        var left: Int { outcomes.withLock { $0.count } }

        func attempt() -> EventLogError? { outcomes.withLock { $0.removeFirst() } }
    }

    @Test func itTriesUntilPublishingIsGoodAgain() async {
        let (board, script) = (HealthBoard(), Script([error, error, nil]))
        let probe = PublishProbe(board, attempt: { script.attempt() }, pause: {})
        let reports = AsyncStream<LogHealth>.makeStream()
        board.watch { reports.continuation.yield($0) }
        probe.failed(error)
        var failures: [EventLogError?] = []
        for await report in reports.stream {
            failures.append(report.failure)
            if failures.count == 3 { break }
        }
        #expect(failures == [nil, error, nil])
        #expect(script.left == 0)
    }

    private final class SteadyClock: Sendable {
        private let moment = Mutex(NIODeadline.uptimeNanoseconds(0))
        var now: NIODeadline { moment.withLock { $0 } }
        func advance(_ time: TimeAmount) { moment.withLock { $0 = $0 + time } }
    }

    private func proof(_ probe: PublishProbe) async -> EventLogError? {
        await withCheckedContinuation { continuation in probe.prove { continuation.resume(returning: $0) } }
    }

    @Test func itPublishesForAProofOnlyWhereNothingWasPublishedOfLate() async {
        let (board, script, clock) = (HealthBoard(), Script([nil, nil, error, nil]), SteadyClock())
        let stop = AsyncStream<Void>.makeStream()
        let probe = PublishProbe(
            board, attempt: { script.attempt() }, pause: { for await _ in stop.stream {} },
            now: { clock.now })
        #expect(await proof(probe) == nil && script.left == 3, "nothing was known")
        clock.advance(.milliseconds(4999))
        #expect(await proof(probe) == nil && script.left == 3, "the last one counts")
        clock.advance(.milliseconds(1))
        #expect(await proof(probe) == nil && script.left == 2)
        clock.advance(.seconds(4))
        probe.succeeded()
        clock.advance(.seconds(4))
        #expect(await proof(probe) == nil && script.left == 2, "so does a publisher's")
        clock.advance(.seconds(2))
        #expect(await proof(probe) == error && script.left == 1)
        #expect(board.health.failure == error)
        #expect(await proof(probe) == error, "while it is tried again, what is known is told")
        probe.close()
        stop.continuation.finish()
    }

    @Test func aSuccessIsToldAtOnce() {
        let board = HealthBoard()
        let probe = PublishProbe(board, attempt: { nil }, pause: { await Task.yield() })
        probe.close()
        probe.failed(error)
        #expect(board.health.failure == error)
        probe.succeeded()
        #expect(board.health.failure == nil)
    }
}

@Suite struct HealthBoardTests {
    @Test func eachChangeIsToldOnceAndTheStateOfNowFirst() {
        let (board, reports) = (HealthBoard(), Reports())
        board.update { $0.isBusy = true }
        board.watch { reports.add($0) }
        board.update { $0.isBusy = true }
        board.update { $0.isBusy = false }
        board.repeatReport()
        #expect(reports.all.map(\.isBusy) == [true, false, false])
    }

    private final class Reports: Sendable {
        private let state = Mutex<[LogHealth]>([])

        var all: [LogHealth] { state.withLock { $0 } }

        func add(_ health: LogHealth) { state.withLock { $0.append(health) } }
    }
}
