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
        guard case .failed(let failure, let places) = fitting.outcome(.stored([placed(7), placed(9)], isRepeat: false))
        else {
            Issue.record("it is not told")
            return
        }
        #expect(failure.error.code == .tooLarge && failure.isOfMessage)
        #expect(places == [placed(7), nil, placed(9)])
    }

    @Test func whatFailsOtherwiseIsToldOfEachToo() throws {
        let fitting = try FittingBatch(batch([Self.large, Self.small, Self.small]), most: 4000)
        let lost = BatchRounds.Failure(
            error: EventLogError(.unavailable, "away"), isOutcomeUnknown: true, isPassing: true)
        guard case .failed(lost, let places) = fitting.outcome(.failed(lost, places: [placed(3), nil])) else {
            Issue.record("another failure")
            return
        }
        #expect(places == [nil, placed(3), nil])
        guard case .failed(lost, []) = fitting.outcome(.failed(lost, places: [])) else {
            Issue.record("none of it is known to be stored")
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
