import Dispatch
import EventLog
import MemoryEventLog
import Synchronization

/// A log in memory that knows how long appends take, and for how long its tail is told under its lock.
final class TimedLog: EventLog {
    private let log: MemoryEventLog
    private let inLog = Atomic<UInt64>(0)
    private let inTail = Atomic<UInt64>(0)

    init(_ log: MemoryEventLog) { self.log = log }

    /// The time in the log, that in its tail included, and the time in the tail.
    var nanoseconds: (log: UInt64, tail: UInt64) {
        (inLog.load(ordering: .relaxed), inTail.load(ordering: .relaxed))
    }

    func forget() {
        inLog.store(0, ordering: .relaxed)
        inTail.store(0, ordering: .relaxed)
    }

    func append(_ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void) {
        let start = DispatchTime.now().uptimeNanoseconds
        log.append(batch, completion: completion)
        inLog.add(DispatchTime.now().uptimeNanoseconds - start, ordering: .relaxed)
    }

    func follow(_ tail: Tail) {
        log.follow(
            Tail { [self] element in
                let start = DispatchTime.now().uptimeNanoseconds
                tail.take(element)
                inTail.add(DispatchTime.now().uptimeNanoseconds - start, ordering: .relaxed)
            } wake: {
                tail.wake()
            })
    }

    var epoch: Epoch { log.epoch }
    var head: Position { log.head }
    var extent: LogExtent { log.extent }

    func end(of epoch: Epoch) -> Position? { log.end(of: epoch) }

    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) { log.read(after: place, for: interest, byteLimit: byteLimit, completion: completion) }

    func revoke(_ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        log.revoke(revocation, completion: completion)
    }

    func record(_ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        log.record(order, completion: completion)
    }

    func close() async { await log.close() }
}
