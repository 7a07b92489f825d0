// What of a batch the servers take, and what its publisher is told of the rest.

import EventLog
import EventLogPromises
import NIOCore
import Testing

@testable import JetStreamEventLog

@Suite struct FittingBatchTests {
    private static let small = NewEvent("a")
    private static let large = NewEvent(String(repeating: "x", count: 5000))
    private static let key = PublishKey(publisher: "shop", key: "k", digest: [1, 2, 3])

    private func batch(_ events: [NewEvent], key: PublishKey? = nil) -> EventBatch {
        EventBatch(events, streamCounts: Array(events.indices), key: key)
    }

    private func placed(_ sequence: Position) -> BatchRounds.Placed { .init(sequence: sequence, streams: 0) }

    private func places(_ sequences: Position...) -> [BatchRounds.Placed] { sequences.map(placed) }

    @Test func whatFitsIsSentAsItIs() throws {
        for most in [nil, 8000] {
            let fitting = try FittingBatch(batch([Self.small, Self.large], key: Self.key), most: most)
            #expect(fitting.refusal == nil && fitting.batch.events.count == 2 && fitting.batch.key == Self.key)
            guard case .stored = fitting.outcome(.stored([], isRepeat: true)) else {
                Issue.record("changed")
                return
            }
        }
    }

    @Test func whatIsTooLargeKeepsNoOtherOut() throws {
        let fitting = try FittingBatch(batch([Self.small, Self.large, Self.small]), most: 4000)
        #expect(fitting.batch.streamCounts == [0, 2] && fitting.refusal?.code == .tooLarge)
        guard case .failed(let failure, let parts, false) = fitting.outcome(.stored(places(7, 9), isRepeat: false))
        else {
            Issue.record("it is not told")
            return
        }
        #expect(failure.error.code == .tooLarge && failure.isOfMessage)
        #expect(parts == [.placed(placed(7)), .failed(failure), .placed(placed(9))])
    }

    /// The audit and the counters are for what is new.
    @Test func aRetryOfWhatWasSentIsARepeat() throws {
        let fitting = try FittingBatch(batch([Self.small, Self.large], key: Self.key), most: 4000)
        guard case .failed(_, _, let isRepeat) = fitting.outcome(.stored(places(7), isRepeat: true)) else {
            Issue.record("it is not told")
            return
        }
        #expect(isRepeat)
    }

    private static let away = BatchRounds.Failure(
        error: EventLogError(.unavailable, "away"), isOutcomeUnknown: true, isPassing: true)

    private func codes(_ outcome: BatchDelivery.Outcome) -> [String] {
        guard case .failed(_, let parts, _) = outcome else { return [] }
        return parts.map { part in
            switch part {
            case .placed(let place): "\(place.sequence)"
            case .failed(let own): own.error.code.name
            }
        }
    }

    @Test func whatFailsOtherwiseIsToldOfEachToo() throws {
        let fitting = try FittingBatch(batch([Self.large, Self.small, Self.small]), most: 4000)
        let part = BatchDelivery.Outcome.failed(Self.away, parts: [.placed(placed(3)), .failed(Self.away)])
        #expect(codes(fitting.outcome(part)) == ["event-too-large", "3", "log-unavailable"])
        #expect(
            codes(fitting.outcome(.failed(Self.away)))
                == ["event-too-large", "log-unavailable", "log-unavailable"])
    }

    @Test func withAKeyOneAnswerTellsToTryAgain() throws {
        let fitting = try FittingBatch(batch([Self.large, Self.small], key: Self.key), most: 4000)
        guard case .failed(Self.away, [], _) = fitting.outcome(.failed(Self.away)) else {
            Issue.record("a part is told")
            return
        }
    }

    /// When the server takes more, a retry under the key would be answered with its neighbours' ids.
    @Test func anotherPartIsAnotherRequest() throws {
        let events = [Self.small, Self.large]
        let part = try FittingBatch(batch(events, key: Self.key), most: 4000).batch.key
        #expect(part?.key == "k" && part?.digest != Self.key.digest && part?.digest.count == 32)
        #expect(try FittingBatch(batch(events, key: Self.key), most: 4000).batch.key == part)
        #expect(try FittingBatch(batch(events.reversed(), key: Self.key), most: 4000).batch.key != part)
    }

    /// What is let through here must be let through by the client, too.
    @Test func noMessageIsLargerThanWasReckoned() throws {
        let names = ["\"\"\"\"\"", "aaaaa", "\\\\\\\\\\"]
        let event = NewEvent(audience: .users(names), name: nil, data: NewEvent("abc").data)
        let message = EventMessage(
            event, streams: .max, digest: String(repeating: "0", count: 64), now: WallTime(milliseconds: .max))
        for most in 0..<4000 where try FittingBatch(batch([event]), most: most).refusal == nil {
            // A header with a name takes up to 110 bytes.
            #expect(message.payload.readableBytes + 110 <= most)
            break
        }
    }
}
