import EventLog
import Synchronization

@testable import MemoryEventLog

/// What remote logs are front ends of, in small: it fixes the order, keeps what retention asks for, knows publish keys,
/// and loses its end when the test says so.
final class ScriptedStore: Sendable {
    let clock: @Sendable () -> WallTime
    /// Whether there may be several front ends, and epochs that begin while they are open.
    let isShared: Bool
    private let settings: LogSettings
    private let state: Mutex<State>

    private struct State {
        var history: StoreHistory
        var retained: RetainedEvents
        var records: PublishRecords
        var revocations: RevocationList
        var sessions: KeptSessions
        var keyed: [KeyedBatch] = []
        /// Comes in between the events of the next batch.
        var between: [NewEvent] = []
        var fronts: [Front] = []
    }

    private struct KeyedBatch {
        let key: PublishKey
        let receipts: [Receipt]
        let appendedAt: WallTime

        var sequences: ClosedRange<Position> {
            (receipts.first?.id.sequence ?? 0)...(receipts.last?.id.sequence ?? 0)
        }
    }

    private struct Front {
        weak var log: ScriptedLog?
    }

    init(
        epoch: Epoch, _ settings: LogSettings, isShared: Bool = false, clock: @escaping @Sendable () -> WallTime
    ) {
        self.settings = settings
        self.isShared = isShared
        self.clock = clock
        state = Mutex(
            State(
                history: StoreHistory(epoch), retained: RetainedEvents(settings),
                records: Self.records(settings), revocations: RevocationList(settings.revocations),
                sessions: KeptSessions(settings.sessions)))
    }

    private static func records(_ settings: LogSettings) -> PublishRecords {
        PublishRecords(seconds: settings.keySeconds, keys: settings.keys, bytes: settings.keyBytes)
    }

    /// A node's own way to this store.
    func front() -> ScriptedLog {
        let log = state.withLock { state in
            let log = ScriptedLog(
                self, newest: LoggedEventID(epoch: state.history.epoch, sequence: state.history.head))
            state.fronts.append(Front(log: log))
            return log
        }
        return log
    }

    var history: StoreHistory { state.withLock { $0.history } }
    var epoch: Epoch { state.withLock { $0.history.epoch } }
    var head: Position { state.withLock { $0.history.head } }
    var extent: LogExtent { state.withLock { $0.retained.extent } }
    var publishKeys: PublishKeyTally { state.withLock { $0.records.tally } }

    func end(of earlier: Epoch, in later: Epoch) -> Position? {
        state.withLock { $0.history.end(of: earlier, in: later) }
    }

    // MARK: Appending

    /// Appends events of another node's.
    func publish(_ events: NewEvent...) { _ = append(EventBatch(events)) }

    /// Has events of another node's come in between those of the next batch.
    func putBetween(_ events: [NewEvent]) { state.withLock { $0.between = events } }

    func append(_ batch: EventBatch) -> Result<Appended, EventLogError> {
        let now = clock()
        let result = state.withLock { state in
            Result { () throws(EventLogError) in try Self.append(batch, to: &state, now: now) }
        }
        tellFronts()
        return result
    }

    private static func append(
        _ batch: EventBatch, to state: inout State, now: WallTime
    ) throws(EventLogError) -> Appended {
        if let key = batch.key, let earlier = try state.records.answer(to: key, in: state.history.epoch, now: now) {
            return repeated(earlier, state)
        }
        let weight = batch.events.reduce(into: LogWeight(events: batch.events.count)) {
            $0.bytes += LoggedEvent(unplaced: $1, in: state.history.epoch, now: now).cost
        }
        try state.retained.admit(weight, by: batch.publisher, at: now)
        var (events, receipts): ([LoggedEvent], [Receipt]) = ([], [])
        for (event, count) in zip(batch.events, batch.streamCounts) {
            if !events.isEmpty { events += place(state.between, in: &state, now: now) }
            if !events.isEmpty { state.between = [] }
            events += place([event], by: batch.publisher, in: &state, now: now)
            let id = LoggedEventID(epoch: state.history.epoch, sequence: state.history.head)
            receipts.append(Receipt(id: id, streams: count))
        }
        if let key = batch.key {
            let keyed = KeyedBatch(key: key, receipts: receipts, appendedAt: now)
            state.records.insert(keyed.sequences.lowerBound, batch.streamCounts, for: key, now: now)
            state.keyed.append(keyed)
        }
        tell(.events(events), state)
        return Appended(receipts)
    }

    private static func place(
        _ events: [NewEvent], by publisher: String? = nil, in state: inout State, now: WallTime
    ) -> [LoggedEvent] {
        events.map { event in
            let logged = state.history.append(event, by: publisher, now: now)
            state.retained.append(logged, by: state.retained.publisher(named: publisher), at: now)
            return logged
        }
    }

    /// The events stood where others' may have come in between.
    private static func repeated(_ earlier: Appended, _ state: State) -> Appended {
        let first = earlier.receipts.first?.id.sequence
        guard let keyed = state.keyed.last(where: { $0.receipts.first?.id.sequence == first }) else { return earlier }
        let receipts = keyed.receipts.map { receipt in
            Receipt(
                id: LoggedEventID(epoch: state.history.epoch, sequence: receipt.id.sequence), streams: receipt.streams)
        }
        return Appended(receipts, isRepeat: true)
    }

    // MARK: Revoking

    var revocations: [Revocation] { state.withLock { $0.revocations.all } }

    func revoke(_ revocation: Revocation) -> Result<Void, EventLogError> {
        let now = clock()
        let result = state.withLock { state in
            Result { () throws(EventLogError) in
                try state.revocations.insert(revocation, now: now)
                Self.tell(.revoked([revocation]), state)
            }
        }
        tellFronts()
        return result
    }

    // MARK: Sessions

    var sessions: [KeptSession] { state.withLock { $0.sessions.all } }

    func record(_ order: SessionOrder) -> Result<Void, EventLogError> {
        let now = clock()
        let result = state.withLock { state in
            Result { () throws(EventLogError) in
                let change = try state.sessions.change(for: order, now: now)
                state.sessions.apply(change)
                Self.tell(.sessions(change), state)
            }
        }
        tellFronts()
        return result
    }

    // MARK: Reading

    /// - Parameter unseen: how many of the newest events the one that answers has not heard of.
    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int, unseen: Position = 0
    ) -> Result<ReplayStep, EventLogError> {
        let now = clock()
        return state.withLock { state in
            guard place.epoch == state.history.epoch else { return .failure(.epochEnded) }
            state.retained.dropAged(now)
            var step = state.retained.read(after: place.sequence, for: interest, byteLimit: byteLimit, now: now)
            let newest = state.history.head - min(unseen, state.history.head)
            guard step.position > newest else { return .success(step) }
            step.events.removeAll { $0.sequence > newest }
            (step.start, step.position, step.reachedHead) = (min(step.start, newest), newest, true)
            return .success(step)
        }
    }

    // MARK: Epochs

    /// Loses what is behind `end`, or all, and goes on under another name. A batch with a key is lost whole.
    func begin(_ epoch: Epoch, keeping end: Position) {
        state.withLock { state in
            var end = min(end, state.history.head)
            for batch in state.keyed.reversed() where batch.sequences.dropLast().contains(end) {
                end = batch.sequences.lowerBound - 1
            }
            let floor = min(state.retained.floor, end)
            state.history.begin(epoch, keeping: end)
            state.retained = RetainedEvents(settings, head: floor)
            for entry in state.history.entries.dropFirst(Int(floor)) {
                let publisher = state.retained.publisher(named: entry.publisher)
                state.retained.append(entry.logged, by: publisher, at: entry.appendedAt)
            }
            state.keyed.removeAll { $0.sequences.upperBound > end }
            state.records = Self.records(settings)
            for batch in state.keyed {
                state.records.insert(
                    batch.sequences.lowerBound, batch.receipts.map(\.streams), for: batch.key, now: batch.appendedAt)
            }
            Self.tell(.epochBegan(LoggedEventID(epoch: epoch, sequence: end)), state)
        }
        tellFronts()
    }

    // MARK: The tail

    /// Under the lock, so that all front ends have one order.
    private static func tell(_ element: TailElement, _ state: State) {
        for front in state.fronts { front.log?.enqueue(element) }
    }

    private func tellFronts() {
        for front in state.withLock({ $0.fronts }) { front.log?.tellUntold() }
    }
}
