// Puts batches into the stream. It does what `BatchRounds` says; many batches are under way at the same time.

internal import EventLog
internal import NATSClient
internal import NIOCore
internal import Synchronization

/// The way of batches into the events stream.
final class EventPublisher: Sendable {
    private let api: JetStreamAPI
    private let subjects: LogSubjects
    private let rules: PublishRules
    private let clock: @Sendable () -> WallTime
    private let budget: Mutex<AppendBudget>
    /// Told of each outcome, for the log's health.
    private let outcome: @Sendable (EventLogError?) -> Void

    init(
        _ settings: JetStreamSettings, _ api: JetStreamAPI, clock: @escaping @Sendable () -> WallTime,
        outcome: @escaping @Sendable (EventLogError?) -> Void
    ) {
        self.api = api
        subjects = settings.subjects
        rules = settings.publishing
        self.clock = clock
        self.outcome = outcome
        budget = Mutex(AppendBudget(bytes: settings.pendingBytes, events: settings.pendingEvents))
    }

    /// How many events are on their way.
    var pendingEvents: Int { budget.withLock { $0.events } }

    /// Puts a batch into the stream.
    ///
    /// - Parameter completion: gets where its events are, and whether all of them were there before.
    func publish(
        _ batch: EventBatch,
        completion: @escaping @Sendable (Result<([BatchRounds.Placed], isRepeat: Bool), EventLogError>) -> Void
    ) {
        let share = AppendBudget.Share(
            bytes: batch.events.reduce(0) { $0 + $1.cost }, events: batch.events.count)
        do throws(EventLogError) {
            try budget.withLock { budget throws(EventLogError) in try budget.admit(share) }
            let messages = try BatchMessages(batch, subjects, now: clock())
            let delivery = BatchDelivery(messages, rules, api, stream: subjects.stream) { [self] result in
                budget.withLock { $0.release(share) }
                switch result {
                case .success: outcome(nil)
                case .failure(let error): if error.code != .keyReused { outcome(error) }
                }
                completion(result)
            }
            delivery.begin()
        } catch {
            completion(.failure(error))
        }
    }
}
