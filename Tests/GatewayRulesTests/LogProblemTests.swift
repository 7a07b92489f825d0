// What a publisher is told of a log that fails: what to do, and nothing of the gateway's inside.

import EventLog
import HTTPTypes
import Testing

@testable import GatewayRules
@testable import HTTPServing

@Suite struct LogProblemTests {
    private static let cause =
        "The event log /var/lib/sluice/events.db can't be used (disk I/O error, SQLite code 778; errno 5). Move it back."

    @Test(arguments: [
        EventLogError.Code.unavailable, .full, .busy, .readOnly, .moved, .closed,
    ])
    func aFailureIsACodeAndASentenceWithoutPathsOrALibrarysWords(code: EventLogError.Code) {
        let problem = Problem(EventLogError(code, Self.cause))
        #expect(problem.status == .serviceUnavailable && problem.code == code.name)
        #expect(problem.fields[.retryAfter] == "1")
        #expect(problem.detail.hasSuffix("Keep the event and send it again later."))
        for word in ["/", "SQLite", "errno", "events.db", "I/O"] { #expect(!problem.detail.contains(word), "\(word)") }
        let json = String(decoding: problem.json, as: UTF8.self)
        #expect(!json.contains("/var/lib") && !json.contains("778"))
    }

    @Test func whatEndsTheSameAgainIsNotToBeSentAgain() {
        let large = Problem(EventLogError(.tooLarge, Self.cause))
        #expect(large.status == .contentTooLarge && large.code == "event-too-large" && large.fields[.retryAfter] == nil)
        #expect(!large.detail.contains("/var") && !large.detail.contains("send it again"))
        for error in [EventLogError.keyReused, .keyOutlived] {
            let problem = Problem(error)
            #expect(problem.status == .unprocessableContent && problem.code == "idempotency-key-reused")
            #expect(problem.detail == error.message)
        }
    }

    @Test func whoHasMoreThanItsShareIsToldWhenToComeBack() {
        let now = WallTime(milliseconds: 1_000_000)
        for (milliseconds, seconds) in [(41_001, "42"), (42_000, "42"), (1, "1"), (0, "1"), (-5000, "1")]
            as [(Int64, String)]
        {
            let end = WallTime(milliseconds: now.milliseconds + milliseconds)
            let problem = Problem(EventLogError.shareFull(until: end, now: now))
            #expect(problem.status == .tooManyRequests && problem.code == "log-share-full")
            #expect(problem.fields[.retryAfter] == seconds)
            for words in ["half of log.retention.bytes", "share_age: 0s", "after the time in Retry-After"] {
                #expect(problem.detail.contains(words))
            }
        }
    }

    @Test func aLogThatKnowsWhenItIsBackSaysSo() {
        let busy = Problem(EventLogError(.full, Self.cause, retrySeconds: 10))
        #expect(busy.fields[.retryAfter] == "10")
        #expect(Problem(EventLogError(.unavailable, Self.cause, retrySeconds: 0)).fields[.retryAfter] == "1")
    }

    // MARK: What an answer is worth

    @Test func anAnswerSaysWhatWasVerified() throws {
        let promise = LogPromise(durability: "replicated")
        let field = try #require(HTTPField.Name("Sluice-Durability"))
        #expect(promise.head(.json, cors: nil).fields[field] == "replicated")
        promise.update(durability: "full", isBroken: false)
        #expect(promise.head(.ndjson, cors: nil).fields[field] == "full")
        #expect(promise.head(.json, cors: [.vary: "Origin"]).fields == promise.head(.json, cors: nil).fields)
        #expect(LogPromise().head(.json, cors: nil).fields[field] == nil)
    }

    @Test func whatIsWorthLessThanPromisedIsNotTaken() throws {
        let promise = LogPromise(durability: "full")
        try promise.admit()
        promise.update(durability: "replicated", isBroken: true)
        let problem = try #require(throws: Problem.self) { try promise.admit() }
        #expect(problem.status == .serviceUnavailable && problem.code == "durability-lost")
        #expect(problem.fields[.retryAfter] == "1")
        #expect(problem.detail.hasSuffix("Keep the event and send it again later."))
        promise.update(durability: "full", isBroken: false)
        try promise.admit()
    }

    @Test func aKeyThatWasUsedForAnotherRequestIsThePublishersMistake() {
        let problem = Problem(EventLogError.keyReused)
        #expect(problem.status == .unprocessableContent)
        #expect(problem.detail == EventLogError.keyReused.message)
    }
}
