import EventLog
import MemoryEventLog
import Synchronization

/// The memory log behind a door: what is read waits there until the test lets it through, as from a slow engine.
final class ScriptedLog: EventLog {
    private struct State {
        var isHolding = false
        var waiting: [@Sendable () -> Void] = []
        var failure: EventLogError?
        var tail: Tail?
        var isShared = false
        var readCount = 0
        var earlierEpochs: [Epoch: Position] = [:]
    }

    private let base: MemoryEventLog
    private let state = Mutex(State())

    init(_ base: MemoryEventLog) { self.base = base }

    var epoch: Epoch { base.epoch }
    var head: Position { base.head }
    func close() async {}
    var extent: LogExtent { base.extent }
    func end(of epoch: Epoch) -> Position? { state.withLock { $0.earlierEpochs[epoch] } }

    /// Says that this log goes on where an earlier epoch ended.
    func continues(_ epoch: Epoch, endedAt position: Position) {
        state.withLock { $0.earlierEpochs[epoch] = position }
    }

    /// Whether others append, too.
    var isShared: Bool {
        get { state.withLock { $0.isShared } }
        set { state.withLock { $0.isShared = newValue } }
    }

    /// How often the hub has read.
    var readCount: Int { state.withLock { $0.readCount } }

    /// Whether answers wait. Taken when asked for, given later: the log has moved on by then.
    var isHolding: Bool {
        get { state.withLock { $0.isHolding } }
        set { state.withLock { $0.isHolding = newValue } }
    }

    /// What every read and append ends with from now on.
    var failure: EventLogError? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    /// Lets the answers through that wait.
    func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for answer in waiting { answer() }
    }

    /// Tells the hub what a remote engine would.
    func tell(_ element: TailElement) {
        guard let tail = state.withLock({ $0.tail }) else { return }
        tail.take(element)
        tail.wake()
    }

    func follow(_ tail: Tail) {
        state.withLock { $0.tail = tail }
        base.follow(tail)
    }

    func append(
        _ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        if let failure { return completion(.failure(failure)) }
        base.append(batch, completion: completion)
    }

    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        state.withLock { $0.readCount += 1 }
        if let failure { return completion(.failure(failure)) }
        base.read(after: place, for: interest, byteLimit: byteLimit) { result in
            let isHeld = self.state.withLock { state in
                if state.isHolding { state.waiting.append { completion(result) } }
                return state.isHolding
            }
            if !isHeld { completion(result) }
        }
    }
}
