import EventLog
import MemoryEventLog
import NIOConcurrencyHelpers

/// A log that others append to as well: what they do with the log behind it, this one's tail is told, too.
struct SharedLog: SharedEventLog {
    private let log: MemoryEventLog

    /// Why it can't keep a session, or let go of one.
    private let failure: NIOLockedValueBox<EventLogError?>

    /// What it was told of sessions that go on.
    private let renewals: NIOLockedValueBox<[SessionRenewal]>

    /// How many orders about sessions it was asked to write.
    private let orders: NIOLockedValueBox<Int>

    init(
        _ log: MemoryEventLog, _ failure: NIOLockedValueBox<EventLogError?>,
        _ renewals: NIOLockedValueBox<[SessionRenewal]>, _ orders: NIOLockedValueBox<Int>
    ) {
        (self.log, self.failure, self.renewals, self.orders) = (log, failure, renewals, orders)
    }

    var isShared: Bool { true }
    var epoch: Epoch { log.epoch }
    var head: Position { log.head }
    var extent: LogExtent { log.extent }
    func end(of epoch: Epoch) -> Position? { log.end(of: epoch) }
    func follow(_ tail: Tail) { log.follow(tail) }
    func close() async { await log.close() }

    func append(_ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void) {
        if let failure = failure.withLockedValue({ $0 }), failure.mayBeStored { return completion(.failure(failure)) }
        log.append(batch, completion: completion)
    }

    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        log.read(after: place, for: interest, byteLimit: byteLimit, completion: completion)
    }

    func revoke(_ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        log.revoke(revocation, completion: completion)
    }

    func record(_ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        orders.withLockedValue { $0 += 1 }
        if let failure = failure.withLockedValue({ $0 }) { return completion(.failure(failure)) }
        log.record(order, completion: completion)
    }

    // MARK: What other nodes are told

    func revoke(
        _ revocation: Revocation, asked question: EndQuestion,
        completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        revoke(revocation, completion: completion)
    }

    func disconnect(_ order: Disconnection, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        completion(failure.withLockedValue { $0 }.map { .failure($0) } ?? .success(()))
    }

    func renew(_ renewal: SessionRenewal, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        if let failure = failure.withLockedValue({ $0 }) { return completion(.failure(failure)) }
        renewals.withLockedValue { $0.append(renewal) }
        completion(.success(()))
    }
}
