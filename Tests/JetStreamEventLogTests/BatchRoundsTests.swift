// How a batch comes into the stream: what is sent, what an answer means, and when it is sent again.

import EventLog
import Testing

@testable import JetStreamEventLog

@Suite struct BatchRoundsTests {
    typealias Step = BatchRounds.Step

    private let start = ContinuousClock.now
    private let lost = BatchRounds.Failure(
        error: BatchRoundsTests.uncertain, isOutcomeUnknown: true, isPassing: true)
    private let leaderless = BatchRounds.Failure(
        error: EventLogError(.unavailable, "nobody listens"), isOutcomeUnknown: false, isPassing: true)
    private let full = BatchRounds.Failure(
        error: EventLogError(.full, "no room"), isOutcomeUnknown: false, isPassing: false)

    private let tooLarge = BatchRounds.Failure(
        error: EventLogError(.tooLarge, "max_msg_size"), isOutcomeUnknown: false, isPassing: false, isOfMessage: true)

    private static let uncertain: EventLogError = {
        var error = EventLogError(.unavailable, "no answer")
        error.mayBeStored = true
        return error
    }()

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
        guard case .fail(let failure, _, _) = rounds.found(0, at: 5, .missing, now: start + .seconds(10)) else {
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
        #expect(
            rounds.stored(1, at: 3, isDuplicate: false, now: start)
                == .fail(lost, parts: [.failed(lost), .placed(.init(sequence: 3, streams: 2))]))
    }

    /// Who is told "not known whether it is stored" sends it again at the risk of a second one; who is told "full", not
    /// at that risk.
    @Test func eachMessageOfABatchWithoutAKeyIsToldItsOwnFailure() {
        var rounds = rounds(4)
        _ = rounds.begin()
        _ = rounds.failed(2, lost, now: start)
        _ = rounds.failed(0, full, now: start)
        _ = rounds.failed(3, leaderless, now: start)
        let parts: [BatchRounds.Part] = [
            .failed(full), .placed(.init(sequence: 3, streams: 2)), .failed(lost), .failed(leaderless),
        ]
        #expect(rounds.stored(1, at: 3, isDuplicate: false, now: start) == .fail(full, parts: parts))
    }

    @Test func theSameFailureOfAllIsToldOnce() {
        var rounds = rounds(2)
        _ = rounds.begin()
        let other = BatchRounds.Failure(
            error: EventLogError(.full, "no room either"), isOutcomeUnknown: false, isPassing: false)
        _ = rounds.failed(0, full, now: start)
        #expect(rounds.failed(1, other, now: start) == .fail(full))
    }

    // MARK: Messages that are too large for the stream

    @Test(arguments: [nil, "d"]) func whatIsTooLargeKeepsNoOtherOut(digest: String?) {
        var rounds = rounds(3, digest: digest)
        #expect(rounds.begin() == (digest == nil ? sending(0, 1, 2) : sending(0)))
        #expect(rounds.failed(0, tooLarge, now: start) == (digest == nil ? nil : sending(1)), "the next goes alone")
        #expect(rounds.stored(1, at: 7, isDuplicate: false, now: start) == (digest == nil ? nil : sending(2)))
        let parts: [BatchRounds.Part] = [
            .failed(tooLarge), .placed(.init(sequence: 7, streams: 2)), .placed(.init(sequence: 8, streams: 3)),
        ]
        #expect(rounds.stored(2, at: 8, isDuplicate: false, now: start) == .fail(tooLarge, parts: parts))
    }

    @Test func aRetryOfABatchWithATooLargeMessageIsARepeat() {
        var rounds = rounds(2, digest: "d")
        _ = rounds.begin()
        _ = rounds.failed(0, tooLarge, now: start)
        #expect(rounds.stored(1, at: 7, isDuplicate: true, now: start) == .readBack(1, 7))
        let place = BatchRounds.Placed(sequence: 7, streams: 9, wasThere: true)
        #expect(
            rounds.found(1, at: 7, .ours(digest: "d", streams: 9), now: start)
                == .fail(tooLarge, parts: [.failed(tooLarge), .placed(place)], isRepeat: true))
    }

    @Test func besideATooLargeMessageOthersAreSentAgain() {
        var rounds = rounds(2)
        _ = rounds.begin()
        _ = rounds.failed(0, tooLarge, now: start)
        #expect(rounds.failed(1, leaderless, now: start) == .pause(.milliseconds(50)))
        #expect(rounds.resume() == sending(1))
    }

    @Test func aMessageAloneThatIsTooLargeIsRefused() {
        var rounds = rounds(1)
        _ = rounds.begin()
        #expect(rounds.failed(0, tooLarge, now: start) == .fail(tooLarge))
    }

    /// The limit is for what is missing.
    @Test func whatIsThereBehindTheLimitIsThere() {
        var rounds = rounds(1, digest: "d")
        _ = rounds.begin()
        #expect(
            rounds.stored(0, at: 5, isDuplicate: false, now: start + .seconds(60))
                == .succeed(placed((5, 1)), isRepeat: false))
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
        #expect(
            half.stored(1, at: 3, isDuplicate: false, now: start)
                == .fail(leaderless, parts: [.failed(leaderless), .placed(.init(sequence: 3, streams: 2))]))

        var perhaps = rounds(2)
        _ = perhaps.begin()
        _ = perhaps.failed(0, leaderless, now: start)
        #expect(
            perhaps.failed(1, lost, now: start) == .fail(lost, parts: [.failed(leaderless), .failed(lost)]))
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
