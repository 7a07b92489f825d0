// How a batch comes into the stream: what is sent, what an answer means, and when it is sent again.

import EventLog
import Testing

@testable import JetStreamEventLog

@Suite struct BatchRoundsTests {
    typealias Step = BatchRounds.Step

    private let start = ContinuousClock.now
    private let lost = BatchRounds.Failure(
        error: EventLogError(.unavailable, "no answer"), isOutcomeUnknown: true, isPassing: true)
    private let leaderless = BatchRounds.Failure(
        error: EventLogError(.unavailable, "nobody listens"), isOutcomeUnknown: false, isPassing: true)
    private let full = BatchRounds.Failure(
        error: EventLogError(.full, "no room"), isOutcomeUnknown: false, isPassing: false)

    private func rounds(_ count: Int, digest: String? = nil) -> BatchRounds {
        BatchRounds(Array(1...count), digest: digest, rules: PublishRules(), now: start)
    }

    private func sending(_ indices: Int..., generation: Int = 1) -> Step {
        .publish(indices.map { BatchRounds.Sending(index: $0, generation: generation) })
    }

    /// - Parameter old: how many of the first ones the server had before.
    private func placed(_ places: (Position, Int)..., old: Int = 0) -> [BatchRounds.Placed] {
        places.enumerated().map { index, place in
            BatchRounds.Placed(sequence: place.0, streams: place.1, wasThere: index < old)
        }
    }

    @Test func aBatchWithoutAKeyIsSentAtOnceAndAnsweredWhenAllIsThere() {
        var rounds = rounds(3)
        #expect(rounds.begin() == sending(0, 1, 2))
        #expect(rounds.stored(1, at: 8, isDuplicate: false, now: start) == nil)
        #expect(rounds.stored(0, at: 7, isDuplicate: false, now: start) == nil)
        #expect(
            rounds.stored(2, at: 10, isDuplicate: false, now: start)
                == .succeed(placed((7, 1), (8, 2), (10, 3)), isRepeat: false))
    }

    @Test func anEmptyBatchIsThere() {
        var rounds = BatchRounds([], digest: nil, rules: PublishRules(), now: start)
        #expect(rounds.begin() == .succeed([], isRepeat: false))
    }

    @Test func aBatchWithAKeyBeginsWithItsFirstMessageAlone() {
        var rounds = rounds(3, digest: "d")
        #expect(rounds.begin() == sending(0))
        #expect(rounds.stored(0, at: 5, isDuplicate: false, now: start) == sending(1, 2))
        #expect(rounds.stored(1, at: 6, isDuplicate: false, now: start) == nil)
        #expect(
            rounds.stored(2, at: 7, isDuplicate: false, now: start)
                == .succeed(placed((5, 1), (6, 2), (7, 3)), isRepeat: false))
    }

    @Test func aRetryIsReadBackAndGetsTheFirstAnswer() {
        var rounds = rounds(1, digest: "d")
        _ = rounds.begin()
        #expect(rounds.stored(0, at: 5, isDuplicate: true, now: start) == .readBack(0, 5))
        #expect(
            rounds.found(0, at: 5, .ours(digest: "d", streams: 9), now: start)
                == .succeed(placed((5, 9), old: 1), isRepeat: true))
    }

    @Test(arguments: ["e", nil])
    func aKeyThatWasUsedForAnotherRequestAddsNothing(digest: String?) {
        var rounds = rounds(3, digest: "d")
        _ = rounds.begin()
        _ = rounds.stored(0, at: 5, isDuplicate: true, now: start)
        #expect(rounds.found(0, at: 5, .ours(digest: digest, streams: 9), now: start) == .fail(.keyReused))
    }

    /// What the table of EventLog.md says of a batch's order: it is all there, and each id is where its event is.
    @Test func whatIsSentAgainComesBehindWhatWasStoredMeanwhile() {
        var rounds = rounds(3, digest: "d")
        _ = rounds.begin()
        #expect(rounds.stored(0, at: 1, isDuplicate: false, now: start) == sending(1, 2))
        #expect(rounds.failed(1, leaderless, now: start) == nil)
        #expect(rounds.stored(2, at: 2, isDuplicate: false, now: start) == .pause(.milliseconds(50)))
        #expect(rounds.resume() == sending(1))
        #expect(
            rounds.stored(1, at: 3, isDuplicate: false, now: start)
                == .succeed(placed((1, 1), (3, 2), (2, 3)), isRepeat: false))
    }

    @Test func aBatchThatWasCutOffHalfwayIsCompleted() {
        var rounds = rounds(2, digest: "d")
        _ = rounds.begin()
        _ = rounds.stored(0, at: 5, isDuplicate: true, now: start)
        #expect(rounds.found(0, at: 5, .ours(digest: "d", streams: 9), now: start) == sending(1))
        #expect(
            rounds.stored(1, at: 20, isDuplicate: false, now: start)
                == .succeed(placed((5, 9), (20, 2), old: 1), isRepeat: true))
    }

    @Test func whatItMayHaveStoredItselfIsNoRepeat() {
        var rounds = rounds(1, digest: "d")
        _ = rounds.begin()
        _ = rounds.failed(0, lost, now: start)
        _ = rounds.resume()
        _ = rounds.stored(0, at: 5, isDuplicate: true, now: start)
        #expect(
            rounds.found(0, at: 5, .ours(digest: "d", streams: 1), now: start)
                == .succeed(placed((5, 1), old: 1), isRepeat: false))
    }

    @Test func aDuplicateThatIsNotThereIsSentUnderAnotherName() {
        var rounds = rounds(1, digest: "d")
        _ = rounds.begin()
        _ = rounds.stored(0, at: 5, isDuplicate: true, now: start)
        #expect(rounds.found(0, at: 5, .missing, now: start) == sending(0, generation: 2))
        #expect(
            rounds.stored(0, at: 6, isDuplicate: false, now: start) == .succeed(placed((6, 1)), isRepeat: false))
    }

    @Test func aServerThatNeverFindsWhatItHasComesToAnEnd() {
        var rounds = rounds(1, digest: "d")
        _ = rounds.begin()
        _ = rounds.stored(0, at: 5, isDuplicate: true, now: start)
        guard case .fail(let failure, _) = rounds.found(0, at: 5, .missing, now: start + .seconds(10)) else {
            Issue.record("it goes on")
            return
        }
        #expect(failure.error.code == .unavailable)
    }

    @Test func aLostAnswerWithAKeyIsSentAgainUntilTheLimit() {
        var rounds = rounds(2, digest: "d")
        _ = rounds.begin()
        #expect(rounds.failed(0, lost, now: start) == .pause(.milliseconds(50)))
        #expect(rounds.resume() == sending(0))
        #expect(rounds.failed(0, lost, now: start + .seconds(1)) == .pause(.milliseconds(100)))
        #expect(rounds.resume() == sending(0))
        _ = rounds.stored(0, at: 5, isDuplicate: false, now: start + .seconds(2))
        #expect(rounds.failed(1, lost, now: start + .milliseconds(9_999)) == .pause(.milliseconds(200)))
        #expect(rounds.resume() == sending(1))
        #expect(rounds.failed(1, lost, now: start + .seconds(10)) == .fail(lost))
    }

    @Test func aPauseIsASecondAtMost() {
        var rounds = rounds(1, digest: "d")
        _ = rounds.begin()
        var last: Step?
        for _ in 0..<20 {
            last = rounds.failed(0, lost, now: start)
            _ = rounds.resume()
        }
        #expect(last == .pause(.seconds(1)))
    }

    @Test func aLostAnswerWithoutAKeyIsToldWhenAllIsSettled() {
        var rounds = rounds(2)
        _ = rounds.begin()
        #expect(rounds.failed(0, lost, now: start) == nil)
        let place = BatchRounds.Placed(sequence: 3, streams: 2)
        #expect(rounds.stored(1, at: 3, isDuplicate: false, now: start) == .fail(lost, places: [nil, place]))
    }

    /// A retry completes it; half of it is no answer to keep.
    @Test func ofABatchWithAKeyNoPartIsTold() {
        var rounds = rounds(2, digest: "d")
        _ = rounds.begin()
        _ = rounds.stored(0, at: 3, isDuplicate: false, now: start)
        #expect(rounds.failed(1, full, now: start) == .fail(full))
    }

    @Test func withoutALeaderABatchIsSentAgainOnlyIfNothingOfItIsThere() {
        var none = rounds(2)
        _ = none.begin()
        _ = none.failed(0, leaderless, now: start)
        #expect(none.failed(1, leaderless, now: start) == .pause(.milliseconds(50)))
        #expect(none.resume() == sending(0, 1))

        var half = rounds(2)
        _ = half.begin()
        _ = half.failed(0, leaderless, now: start)
        let place = BatchRounds.Placed(sequence: 3, streams: 2)
        #expect(half.stored(1, at: 3, isDuplicate: false, now: start) == .fail(leaderless, places: [nil, place]))

        var perhaps = rounds(2)
        _ = perhaps.begin()
        _ = perhaps.failed(0, leaderless, now: start)
        #expect(perhaps.failed(1, lost, now: start) == .fail(lost))
    }

    @Test func whatWillNotPassIsToldAtOnce() {
        var rounds = rounds(1, digest: "d")
        _ = rounds.begin()
        #expect(rounds.failed(0, full, now: start) == .fail(full))
    }

    @Test func aSecondAnswerToAMessageChangesNothing() {
        var rounds = rounds(2)
        _ = rounds.begin()
        _ = rounds.stored(0, at: 1, isDuplicate: false, now: start)
        #expect(rounds.failed(0, full, now: start) == nil)
        #expect(
            rounds.stored(1, at: 2, isDuplicate: false, now: start)
                == .succeed(placed((1, 1), (2, 2)), isRepeat: false))
    }
}
