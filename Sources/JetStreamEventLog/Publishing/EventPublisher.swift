// Puts batches into the stream. It does what `BatchRounds` says; many batches are under way at the same time.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// The way of batches into the events stream.
final class EventPublisher: Sendable {
    private struct State {
        var budget: AppendBudget
        /// Who waits until nothing is on its way.
        var waiting: [CheckedContinuation<Void, Never>] = []

        mutating func takeWaiting() -> [CheckedContinuation<Void, Never>] {
            guard budget.events == 0 else { return [] }
            defer { waiting = [] }
            return waiting
        }
    }

    private let api: JetStreamAPI
    private let subjects: LogSubjects
    private let rules: PublishRules
    private let clock: @Sendable () -> WallTime
    private let state: Mutex<State>
    private let board: HealthBoard
    private let probe: PublishProbe

    init(
        _ settings: JetStreamSettings, _ api: JetStreamAPI, _ board: HealthBoard, _ probe: PublishProbe,
        clock: @escaping @Sendable () -> WallTime
    ) {
        self.api = api
        subjects = settings.subjects
        rules = settings.publishing
        self.clock = clock
        (self.board, self.probe) = (board, probe)
        state = Mutex(
            State(budget: AppendBudget(bytes: settings.pendingBytes, events: settings.pendingEvents)))
    }

    /// Puts a batch into the stream.
    ///
    /// - Parameter completion: gets where its events are, and whether all of them were there before.
    func publish(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<(places: [BatchRounds.Placed], isRepeat: Bool), EventLogError>) -> Void
    ) {
        let share = AppendBudget.Share(
            bytes: batch.events.reduce(0) { $0 + $1.cost }, events: batch.events.count)
        do throws(EventLogError) {
            try admit(share)
        } catch {
            return completion(.failure(error))
        }
        do throws(EventLogError) {
            let messages = try BatchMessages(batch, subjects, now: clock())
            let delivery = BatchDelivery(messages, rules, api, stream: subjects.stream) { [self] outcome in
                release(share)
                completion(result(of: outcome))
            }
            delivery.begin()
        } catch {
            release(share)
            completion(.failure(error))
        }
    }

    /// Tells the log's health of an outcome.
    private func result(
        of outcome: BatchDelivery.Outcome
    ) -> Result<(places: [BatchRounds.Placed], isRepeat: Bool), EventLogError> {
        switch outcome {
        case .stored(let places, let isRepeat):
            probe.succeeded()
            return .success((places, isRepeat))
        case .failed(let failure):
            if !failure.isOfMessage { probe.failed(failure.error) }
            return .failure(failure.error)
        }
    }

    private func admit(_ share: AppendBudget.Share) throws(EventLogError) {
        try state.withLock { state throws(EventLogError) in
            let wasBusy = state.budget.isBusy
            defer { tell(state.budget.isBusy, unless: wasBusy) }
            try state.budget.admit(share)
        }
    }

    private func release(_ share: AppendBudget.Share) {
        let waiting = state.withLock { state in
            let wasBusy = state.budget.isBusy
            state.budget.release(share)
            tell(state.budget.isBusy, unless: wasBusy)
            return state.takeWaiting()
        }
        for one in waiting { one.resume() }
    }

    /// Within the lock, so that changes are told in their order.
    private func tell(_ isBusy: Bool, unless wasBusy: Bool) {
        if isBusy != wasBusy { board.update { $0.isBusy = isBusy } }
    }

    /// Returns when all that is on its way has been answered: the rules say how long that takes at most.
    func settle() async {
        await withCheckedContinuation { continuation in
            let waiting = state.withLock { state in
                state.waiting.append(continuation)
                return state.takeWaiting()
            }
            for one in waiting { one.resume() }
        }
    }
}
