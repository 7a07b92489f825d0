import EventLog
import Synchronization

/// One node's front end of a ``ScriptedStore``, and all that can be wrong with one: answers that come late or get lost,
/// reads and appends that fail, a tail that lags, a connection that is cut. Without a script it does all at once.
final class ScriptedLog: EventLog {
    /// What goes wrong.
    struct Script {
        /// Whether the answers to reads wait. Taken when asked for, given later: the log has moved on by then.
        var isHolding = false
        /// Whether appends wait on their way to the store.
        var isHoldingAppends = false
        /// Whether the answers to appends wait on their way back.
        var isHoldingAnswers = false
        /// Whether what others append is told late.
        var isTailLate = false
        /// What every read and append ends with.
        var failure: EventLogError?
        /// How many of the next reads fail.
        var failingReads = 0
        /// How many of the next appends do not get to the store.
        var refusedAppends = 0
        /// How many of the next appends are done, and called failed.
        var lostAnswers = 0
        /// What the tail is told of instead of a revocation, as by an engine that joins several.
        var toldInstead: [Revocation]?
        /// How many of the newest events reads do not see.
        var unseen: Position = 0
        /// How many sequences behind the newest event are none.
        var notes: Position = 0
    }

    private struct State {
        var script = Script()
        var tail: Tail?
        /// What the tail has been told.
        var told: LoggedEventID
        var untold: [TailElement] = []
        var waiting: [Waiting] = []
        var cutOffSince: WallTime?
        var readCount = 0
        var badReads: [ClosedRange<WallTime>] = []

        var tellsAtOnce: Bool { cutOffSince == nil && !script.isTailLate }
    }

    private enum Waiting {
        case append(EventBatch, Completion<Appended>)
        case appended(Result<Appended, EventLogError>, Completion<Appended>)
        case read(Result<ReplayStep, EventLogError>, askedAt: WallTime, Completion<ReplayStep>)
    }

    private typealias Completion<Value> = @Sendable (Result<Value, EventLogError>) -> Void

    let store: ScriptedStore
    private let state: Mutex<State>
    static let away = EventLogError(.unavailable, "The store is away.")

    init(_ store: ScriptedStore, newest: LoggedEventID) {
        self.store = store
        state = Mutex(State(told: newest))
    }

    var script: Script {
        get { state.withLock { $0.script } }
        set { state.withLock { $0.script = newValue } }
    }

    /// The newest event that the tail has been told of.
    var told: LoggedEventID { state.withLock { $0.told } }
    /// How often the hub has read.
    var readCount: Int { state.withLock { $0.readCount } }
    /// When reads were asked for that failed or were late, and when they were answered.
    var badReads: [ClosedRange<WallTime>] {
        state.withLock { state in
            state.badReads
                + state.waiting.compactMap { waiting in
                    if case .read(_, let askedAt, _) = waiting { askedAt...store.clock() } else { nil }
                }
        }
    }
    var isCutOff: Bool { state.withLock { $0.cutOffSince != nil } }

    // MARK: The log

    var epoch: Epoch { told.epoch }
    var head: Position { told.sequence }
    var tailed: Position { told.sequence + script.notes }
    var isShared: Bool { store.isShared }
    var extent: LogExtent { store.extent }
    var publishKeys: PublishKeyTally { store.publishKeys }
    func end(of epoch: Epoch) -> Position? { store.end(of: epoch, in: self.epoch) }
    func close() async {}

    var health: LogHealth {
        var health = LogHealth()
        health.cutOffSince = state.withLock { $0.cutOffSince }
        return health
    }

    func follow(_ tail: Tail) {
        let (revoked, kept) = (store.revocations, store.sessions)
        state.withLock { state in
            state.tail = tail
            tail.take(.epochBegan(state.told))
            if !revoked.isEmpty { tail.take(.revoked(revoked)) }
            if !kept.isEmpty { tail.take(.sessions(SessionChange(kept: kept))) }
            if let since = state.cutOffSince { tail.take(.interrupted(since: since)) }
        }
        tail.wake()
    }

    func append(
        _ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        let refusal = state.withLock { state -> EventLogError? in
            if let failure = state.script.failure { return failure }
            if state.cutOffSince != nil { return Self.away }
            guard state.script.refusedAppends == 0 else {
                state.script.refusedAppends -= 1
                return Self.away
            }
            return nil
        }
        if let refusal { return completion(.failure(refusal)) }
        give(.append(batch, completion), isHeld: script.isHoldingAppends)
    }

    /// Told before it is answered, whatever is late.
    func revoke(_ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        let failure = state.withLock { $0.script.failure ?? ($0.cutOffSince == nil ? nil : Self.away) }
        if let failure { return completion(.failure(failure)) }
        if let instead = script.toldInstead {
            tell { $0.tail?.take(.revoked(instead)) }
            return completion(.success(()))
        }
        let result = store.revoke(revocation)
        tell { state in while !state.untold.isEmpty { Self.tellNext(&state) } }
        completion(result)
    }

    /// Likewise.
    func record(_ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void) {
        let failure = state.withLock { $0.script.failure ?? ($0.cutOffSince == nil ? nil : Self.away) }
        if let failure { return completion(.failure(failure)) }
        let result = store.record(order)
        tell { state in while !state.untold.isEmpty { Self.tellNext(&state) } }
        completion(result)
    }

    func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        let (failure, script) = state.withLock { state in (Self.startRead(&state), state.script) }
        let step =
            failure.map { .failure($0) }
            ?? store.read(after: place, for: interest, byteLimit: byteLimit, unseen: script.unseen)
        give(.read(step, askedAt: store.clock(), completion), isHeld: script.isHolding && !isCutOff)
    }

    private static func startRead(_ state: inout State) -> EventLogError? {
        state.readCount += 1
        let isFailing = state.script.failingReads > 0
        if isFailing { state.script.failingReads -= 1 }
        return state.script.failure ?? (isFailing || state.cutOffSince != nil ? Self.away : nil)
    }

    // MARK: What waits

    private func give(_ waiting: Waiting, isHeld: Bool = false) {
        if isHeld { return state.withLock { $0.waiting.append(waiting) } }
        switch waiting {
        case .append(let batch, let completion): land(batch, completion)
        case .appended(let result, let completion): answer(result, completion)
        case .read(let result, let askedAt, let completion):
            let now = store.clock()
            if case .failure = result { note(askedAt...now) } else if askedAt < now { note(askedAt...now) }
            completion(result)
        }
    }

    private func note(_ badRead: ClosedRange<WallTime>) { state.withLock { $0.badReads.append(badRead) } }

    private func land(_ batch: EventBatch, _ completion: @escaping Completion<Appended>) {
        let result = store.append(batch)
        let isLost = state.withLock { state in
            defer { if state.script.lostAnswers > 0 { state.script.lostAnswers -= 1 } }
            return state.script.lostAnswers > 0
        }
        give(.appended(isLost ? .failure(Self.away) : result, completion), isHeld: script.isHoldingAnswers)
    }

    /// An event is told before its append is answered. One that was lost meanwhile never is.
    private func answer(_ result: Result<Appended, EventLogError>, _ completion: Completion<Appended>) {
        guard case .success(let appended) = result, let last = appended.receipts.last?.id else {
            return completion(result)
        }
        guard last.epoch == store.epoch else { return completion(.failure(Self.away)) }
        tellUntold(through: last)
        completion(result)
    }

    /// Lets what waits through, the oldest first.
    func release(_ count: Int = .max) {
        let released = state.withLock { state in
            defer { state.waiting.removeFirst(min(count, state.waiting.count)) }
            return state.waiting.prefix(count)
        }
        for waiting in released { give(waiting) }
    }

    // MARK: The tail

    /// Called by the store, in its order.
    func enqueue(_ element: TailElement) { state.withLock { $0.untold.append(element) } }

    /// Tells what is due to be told.
    ///
    /// - Parameter id: tells up to here in any case.
    func tellUntold(through id: LoggedEventID? = nil) {
        tell { state in
            while !state.untold.isEmpty, state.tellsAtOnce || id.map({ !state.told.isAtOrBehind($0) }) ?? false {
                Self.tellNext(&state)
            }
        }
    }

    /// The events that are late went before they could be told: that is told instead.
    func overtake() {
        tell { state in
            let newest = state.untold.compactMap { element in
                if case .events(let events) = element { events.last?.sequence } else { nil }
            }.last
            state.untold = newest.map { [.overtaken($0)] } ?? []
            while !state.untold.isEmpty { Self.tellNext(&state) }
        }
    }

    /// Tells so much of what is late.
    func tellLate(_ count: Int) {
        tell { state in
            guard state.cutOffSince == nil else { return }
            for _ in 0..<min(count, state.untold.count) { Self.tellNext(&state) }
        }
    }

    /// The connection is gone: what was asked fails, though it may have been done.
    func cutOff() {
        let since = store.clock()
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        tell { state in
            guard state.cutOffSince == nil else { return }
            state.cutOffSince = since
            state.tail?.take(.interrupted(since: since))
        }
        for waiting in waiting { fail(waiting) }
    }

    private func fail(_ waiting: Waiting) {
        switch waiting {
        case .append(_, let completion), .appended(_, let completion): completion(.failure(Self.away))
        case .read(_, let askedAt, let completion): give(.read(.failure(Self.away), askedAt: askedAt, completion))
        }
    }

    /// The connection is there again, and tells what was missed.
    func reconnect() {
        tell { state in
            guard state.cutOffSince != nil else { return }
            state.cutOffSince = nil
            while !state.untold.isEmpty { Self.tellNext(&state) }
            state.tail?.take(.resumed)
        }
    }

    private func tell(_ body: (inout State) -> Void) {
        let tail = state.withLock { state in
            body(&state)
            return state.tail
        }
        tail?.wake()
    }

    private static func tellNext(_ state: inout State) {
        let element = state.untold.removeFirst()
        switch element {
        case .events(let events):
            guard let newest = events.last?.sequence else { return }
            state.told = LoggedEventID(epoch: state.told.epoch, sequence: newest)
        case .epochBegan(let place): state.told = place
        case .overtaken(let place): state.told = LoggedEventID(epoch: state.told.epoch, sequence: place)
        case .interrupted, .resumed, .revoked, .sessions, .disconnected, .renewed: break
        }
        state.tail?.take(element)
    }
}

extension LoggedEventID {
    /// Whether an event that is told has been when this is the newest one told.
    fileprivate func isAtOrBehind(_ id: LoggedEventID) -> Bool { epoch == id.epoch && sequence >= id.sequence }
}
