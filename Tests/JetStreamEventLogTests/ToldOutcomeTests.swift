// What a publisher is told of a batch, event by event.

import EventLog
import Testing

@testable import JetStreamEventLog

@Suite struct ToldOutcomeTests {
    private let epoch: Epoch
    private let full = BatchRounds.Failure(
        error: EventLogError(.full, "no room"), isOutcomeUnknown: false, isPassing: false)

    init() throws { epoch = try #require(Epoch("testepoch")) }

    private var half: BatchDelivery.Outcome {
        .failed(full, parts: [.placed(.init(sequence: 7, streams: 2)), .failed(full)])
    }

    private func error(_ outcome: BatchDelivery.Outcome, in epoch: Epoch?) throws -> EventLogError {
        guard case .failure(let error) = outcome.told(in: epoch) else {
            throw EventLogError(.closed, "it is told as stored")
        }
        return error
    }

    @Test func whatIsStoredHasItsIDAndTheRestItsOwnFailure() throws {
        let error = try error(half, in: epoch)
        let receipt = Receipt(id: LoggedEventID(epoch: epoch, sequence: 7), streams: 2)
        #expect(error.code == .full && error.parts == [.success(receipt), .failure(full.error)])
    }

    /// An id of the epoch that has ended would lead nowhere; what was refused was refused.
    @Test func whenTheEpochHasEndedOnlyWhatWasStoredIsUncertain() throws {
        let parts = try error(half, in: nil).parts
        guard parts.count == 2, case .failure(let uncertain) = parts[0] else {
            Issue.record("\(parts)")
            return
        }
        #expect(uncertain.code == .unavailable && uncertain.mayBeStored)
        #expect(parts[1] == .failure(full.error))
    }

    @Test func aRepeatIsToldAsOne() throws {
        let outcome = BatchDelivery.Outcome.failed(
            full, parts: [.placed(.init(sequence: 7, streams: 2, wasThere: true)), .failed(full)], isRepeat: true)
        #expect(try error(outcome, in: epoch).isRepeat)
        #expect(try !error(half, in: epoch).isRepeat)
    }
}
