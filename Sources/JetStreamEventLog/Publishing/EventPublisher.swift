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
        /// What was last told of an event that was refused for its size.
        var toldTooLarge: String?

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
    private let memory: KeyMemory
    private let report: @Sendable (JetStreamNotice) -> Void

    /// - Parameter memory: what nodes have had at a place that has left the log.
    init(
        _ settings: JetStreamSettings, _ api: JetStreamAPI, _ board: HealthBoard, _ probe: PublishProbe,
        _ memory: KeyMemory, clock: @escaping @Sendable () -> WallTime,
        report: @escaping @Sendable (JetStreamNotice) -> Void
    ) {
        self.api = api
        subjects = settings.subjects
        rules = settings.publishing
        (self.clock, self.report) = (clock, report)
        (self.board, self.probe, self.memory) = (board, probe, memory)
        state = Mutex(
            State(budget: AppendBudget(bytes: settings.pendingBytes, events: settings.pendingEvents)))
    }

    /// Puts a batch into the stream. What is too large for the servers is left out, and keeps no other event out.
    ///
    /// - Parameter completion: gets where its events are.
    func publish(_ batch: EventBatch, completion: @escaping @Sendable (BatchDelivery.Outcome) -> Void) {
        let share = AppendBudget.Share(
            bytes: batch.events.reduce(0) { $0 + $1.cost }, events: batch.events.count)
        do throws(EventLogError) {
            try admit(share)
        } catch {
            return completion(Self.refused(error))
        }
        do throws(EventLogError) {
            let fitting = try FittingBatch(batch, most: api.client.maxPayload)
            if let error = fitting.refusal { noteTooLarge(error) }
            if let error = fitting.refusal, fitting.batch.events.isEmpty { throw error }
            let messages = try BatchMessages(fitting.batch, subjects, now: clock())
            // All of nearly every batch fits: it need not be held until it is answered.
            guard fitting.refusal != nil else { return deliver(messages, share, completion) }
            deliver(messages, share) { completion(fitting.outcome($0)) }
        } catch {
            release(share)
            completion(Self.refused(error))
        }
    }

    private func deliver(
        _ messages: BatchMessages, _ share: AppendBudget.Share,
        _ completion: @escaping @Sendable (BatchDelivery.Outcome) -> Void
    ) {
        let start = ContinuousClock.now
        guard messages.isPlain else { return delivery(messages, share, since: start, completion).begin() }
        // Nearly all are of this kind, and stored at the first try: an account of rounds would cost more than the rest.
        let streams = messages.streamCounts[0]
        do throws(NATSError) {
            let publication = try messages.publication(BatchDelivery.only)
            api.client.request(publication, timeout: rules.answerTime) { [self] answer in
                switch PublishAck.result(of: answer) {
                case .success(let ack):
                    let place = BatchRounds.Placed(sequence: ack.sequence, streams: streams)
                    end(share, .stored([place], isRepeat: false), completion)
                case .failure(let error): delivery(messages, share, since: start, completion).begin(after: error)
                }
            }
        } catch {
            let error = JetStreamError(.client(error), of: "publish")
            delivery(messages, share, since: start, completion).begin(after: error)
        }
    }

    private func delivery(
        _ messages: BatchMessages, _ share: AppendBudget.Share, since start: ContinuousClock.Instant,
        _ completion: @escaping @Sendable (BatchDelivery.Outcome) -> Void
    ) -> BatchDelivery {
        BatchDelivery(messages, rules, api, stream: subjects.stream, memory: memory, since: start) { [self] outcome in
            end(share, outcome, completion)
        }
    }

    private func end(
        _ share: AppendBudget.Share, _ outcome: BatchDelivery.Outcome,
        _ completion: @Sendable (BatchDelivery.Outcome) -> Void
    ) {
        release(share)
        tell(outcome)
        completion(outcome)
    }

    /// Nothing of the batch was sent.
    private static func refused(_ error: EventLogError) -> BatchDelivery.Outcome {
        .failed(BatchRounds.Failure(error: error, isOutcomeUnknown: false, isPassing: false))
    }

    /// Tells the log's health of an outcome: of the failures of its messages the worst counts.
    private func tell(_ outcome: BatchDelivery.Outcome) {
        let failures = outcome.failures
        for failure in failures where failure.isOfMessage { noteTooLarge(failure.error) }
        if let failure = failures.first(where: { !$0.isOfMessage }) {
            probe.failed(failure.error)
        } else if failures.isEmpty || !outcome.places.isEmpty {
            probe.succeeded()
        }
    }

    /// An event was refused for its size: the operator has to know that the limits don't fit each other, once.
    private func noteTooLarge(_ error: EventLogError) {
        guard error.code == .tooLarge else { return }
        let isNew = state.withLock { state in
            defer { state.toldTooLarge = error.message }
            return state.toldTooLarge != error.message
        }
        if isNew { report(.tooLarge(error.message)) }
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
