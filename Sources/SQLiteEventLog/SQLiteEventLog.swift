// The engine that survives a restart: one SQLite file in WAL mode. This decides what is committed together, and when.
// `EventWriter`, `SnapshotReader` and `Retention` decide what is in the file.

package import EventLog
internal import GRDB
internal import Synchronization

/// An event log in one SQLite file, bounded in bytes, events and age.
///
/// Nothing here blocks its caller on the disk. Appends wait in memory for the one connection that writes; it takes all
/// that wait into one commit, so that many publishers share one sync. Reads of the newest events are answered from
/// memory at once, others by a second connection from a snapshot.
package final class SQLiteEventLog: EventLog {
    package let epoch: Epoch
    let file: LogFile
    let settings: SQLiteLogSettings
    let retained: LogSettings
    let clock: @Sendable () -> WallTime
    let state: Mutex<State>
    /// The writer's own. No other thread uses it.
    let tally: Mutex<LogTally>
    /// Whose events and publish keys the file has; the writer's own, too.
    private let shares = Mutex(WriterShares())
    /// What others are told about the keys, because they are moved out while a transaction changes them.
    private let keyTally = Mutex(PublishKeyTally())
    /// What is in force, as it stands in the file. The writer's own, but for who follows the log.
    let revocations: Mutex<RevocationList>
    /// What is kept, as it stands in the file; likewise.
    let sessions: Mutex<KeptSessions>
    let upkeepTask = Mutex<Task<Void, Never>?>(nil)
    let lookTask = Mutex<Task<Void, Never>?>(nil)
    let condition: Mutex<LogCondition>
    private let commitTimes = LatencyHistogram()
    let journal: Mutex<JournalWatch>

    /// The state that callers on any thread see.
    struct State {
        var appends: WaitingAppends
        var orders = WaitingOrders()
        var reads: [WaitingRead] = []
        /// The newest events, up to the last one that the tail was given.
        var recent: RetainedEvents
        var extent: LogExtent
        var oldestAt: WallTime?
        var tail = Tail { _ in }
        var isReading = false
        var isClosed = false
        var isUpkeepDue = false
    }

    /// Opens the file, or makes it (mode 0600).
    ///
    /// - Parameters:
    ///   - path: the file; SQLite puts `-wal` and `-shm` beside it, and Sluice `-lock` and `-state`.
    ///   - settings: how much is kept.
    ///   - engine: how it is written, and what is held in memory.
    ///   - bootID: names the machine's boot; nil when that is not known.
    ///   - freshEpoch: gives a name that no log has had.
    ///   - clock: the time, for what ends by itself.
    /// - Throws: ``LogFileError`` when the file can't be used. It has not been changed then.
    package init(
        path: String, settings: LogSettings, engine: SQLiteLogSettings = SQLiteLogSettings(),
        bootID: String? = SQLiteEventLog.currentBootID(), freshEpoch: () -> Epoch = SQLiteEventLog.randomEpoch,
        clock: @escaping @Sendable () -> WallTime
    ) throws(LogFileError) {
        var file = try LogFile(
            path: path, settings: engine, bootID: bootID, now: clock(), freshEpoch: freshEpoch)
        guard let epoch = file.epochs.current else { throw LogFileError.corrupt(path, "it has no epoch") }
        self.epoch = epoch
        self.settings = engine
        retained = settings
        self.clock = clock
        condition = Mutex(LogCondition(clock: clock))
        journal = Mutex(JournalWatch(limit: engine.journalBytes))
        tally = Mutex(file.tally)
        revocations = Mutex(RevocationList(settings.revocations, known: file.takeRevocations()))
        sessions = Mutex(KeptSessions(settings.sessions, known: file.takeSessions()))
        self.file = file
        // Apart from the bytes, the bounds are the file's, so that memory never holds what the file has removed.
        var recent = settings
        recent.bytes = min(settings.bytes, engine.cacheBytes)
        state = Mutex(
            State(
                appends: WaitingAppends(limit: engine.queueBytes),
                recent: RetainedEvents(recent, head: file.tally.head), extent: file.tally.extent,
                oldestAt: file.tally.oldestAt))
        startUpkeep()
        startLooking()
    }

    deinit {
        upkeepTask.withLock { $0?.cancel() }
        lookTask.withLock { $0?.cancel() }
    }

    /// This boot of the machine, as its kernel names it.
    static func currentBootID() -> String? { BootID.current() }

    /// A name that no log has had, by chance.
    package static func randomEpoch() -> Epoch {
        var random = SystemRandomNumberGenerator()
        return Epoch.fresh(using: &random)
    }

    package func end(of epoch: Epoch) -> Position? { file.epochs.end(of: epoch) }

    package var head: Position { extent.head }

    package var extent: LogExtent { state.withLock { $0.extent } }

    package var oldestAt: WallTime? { state.withLock { $0.oldestAt } }

    package var publishKeys: PublishKeyTally { keyTally.withLock { $0 } }

    package var syncTimes: LatencyHistogram? { commitTimes }

    package func follow(_ tail: Tail) {
        let (revoked, kept) = (revocations.withLock { $0.all }, sessions.withLock { $0.all })
        state.withLock { state in
            state.tail = tail
            tail.take(.epochBegan(LoggedEventID(epoch: epoch, sequence: state.recent.head)))
            if !revoked.isEmpty { tail.take(.revoked(revoked)) }
            if !kept.isEmpty { tail.take(.sessions(SessionChange(kept: kept))) }
        }
        tail.wake()
        condition.withLock { $0.follow { [weak self] in self?.tell($0) } }
    }

    /// Tells the tail what is no event. That the file is lost, or is there again, under the condition's lock, so in
    /// order.
    func tell(_ element: TailElement) {
        let tail = state.withLock { state in
            state.tail.take(element)
            return state.tail
        }
        tail.wake()
    }

    package var health: LogHealth { condition.withLock { $0.health } }

    package func watch(_ report: @escaping @Sendable (LogHealth) -> Void) {
        condition.withLock { $0.watch(report) }
    }

    /// Why a file that was there begins a new epoch, for the operator; nil when its epoch goes on.
    package var newEpochReason: String? { file.newEpochReason }

    // MARK: Appending

    package func append(
        _ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        switch state.withLock({ $0.appends.add(WaitingAppend(batch: batch, completion: completion)) }) {
        case .schedule: scheduleWrite()
        case .wait: break
        case .refuse(.busy):
            condition.withLock { $0.becameBusy(true) }
            completion(.failure(.busy(settings.queueBytes)))
        case .refuse: completion(.failure(.closed))
        }
    }

    /// One commit per turn of the writer's queue, so that retention gets its turns too.
    private func scheduleWrite() {
        file.writer.asyncWriteWithoutTransaction { db in
            if self.writeGroup(db) { self.scheduleWrite() }
        }
    }

    /// - Returns: whether more waits.
    func writeGroup(_ db: Database) -> Bool {
        let group = state.withLock { $0.appends.take() }
        guard !group.isEmpty else { return state.withLock { $0.appends.finish() } }
        let written = write(group, db)
        for (append, batch) in zip(group, written) { append.completion(batch.answer) }
        scheduleUpkeepIfDue(added: written.reduce(0) { $0 + $1.events.count })
        let (hasMore, isRelieved) = state.withLock { ($0.appends.finish(), $0.appends.isRelieved) }
        if isRelieved { condition.withLock { $0.becameBusy(false) } }
        return hasMore
    }

    /// - Returns: what became of each append: the same for all when the commit failed.
    private func write(_ group: [WaitingAppend], _ db: Database) -> [WrittenBatch] {
        do {
            try file.place.check()
            let now = clock()
            var written = try commit(group, db, now)
            let answer = Result { () throws(EventLogError) in try confirm() }
            publish(written, now)
            switch answer {
            case .success: condition.withLock { $0.wrote() }
            case .failure(let failure):
                // Such events are delivered and not acknowledged, like one whose answer is lost on its way.
                condition.withLock { $0.failed(failure) }
                for index in written.indices { written[index].answer = .failure(failure) }
            }
            return written
        } catch {
            let failure = failure(error, db)
            condition.withLock { $0.failed(failure) }
            return Array(repeating: WrittenBatch(answer: .failure(failure)), count: group.count)
        }
    }

    func failure(_ error: any Error, _ db: Database) -> EventLogError {
        EventLogError(error, path: file.path, errno: SystemError.number(db.sqliteConnection))
    }

    /// Makes sure, before anybody is told of a commit, that whoever opens the file next finds it. The witness comes
    /// first: a client that has an event's id may come back with it to an older copy of the file.
    func confirm() throws(EventLogError) {
        try file.witness.update(head: tally.withLock { $0.head })
        try file.place.check()
    }

    private func commit(_ group: [WaitingAppend], _ db: Database, _ now: WallTime) throws -> [WrittenBatch] {
        let before = tally.withLock { $0 }
        var written: [WrittenBatch] = []
        var (after, commitsAt) = (before, Stamp.unknown)
        written.reserveCapacity(group.count)
        try changingShares { shares in
            try shares.events.load(db, retained, before, now: now)
            try db.inTransaction(.immediate) {
                try file.checkContent(db, head: before.head)
                var writer = try EventWriter(
                    db, tally: before, epoch: epoch, settings: retained, hasRequests: file.hasRequests, now: now)
                for append in group { written.append(try writer.write(append.batch, shares: &shares)) }
                try shares.events.save(db)
                after = writer.tally
                commitsAt = Stamp.systemClock()
                return .commit
            }
            commitTimes.record(from: commitsAt, to: Stamp.systemClock())
        }
        tally.withLock { $0 = after }
        return written
    }

    /// Lets a transaction change the shares of events and publish keys. They are moved out meanwhile, so that nothing
    /// is copied. When the file does not take the transaction, they are forgotten, and read again when they are needed.
    func changingShares(_ transaction: (inout WriterShares) throws -> Void) throws {
        var shares = self.shares.withLock { held in
            defer { held = WriterShares() }
            return held
        }
        defer { self.shares.withLock { $0 = shares } }
        let (before, evicted) = (shares.keys.changes, shares.keys.evicted)
        do {
            try transaction(&shares)
        } catch {
            if shares.keys.changes != before { shares.keys.forget(evicted: evicted) }
            shares.events.forget()
            throw error
        }
        if let tally = shares.keys.tally { keyTally.withLock { $0 = tally } }
    }

    /// Shows the hub what has been committed, in log order, and in pieces, because callers on event loops wait for the
    /// lock.
    private func publish(_ written: [WrittenBatch], _ now: WallTime) {
        let tally = tally.withLock { $0 }
        var piece: [LoggedEvent] = []
        for (number, batch) in written.enumerated() {
            piece.append(contentsOf: batch.events)
            guard piece.count >= 256 || number == written.count - 1, !piece.isEmpty else { continue }
            let tail = state.withLock { state in
                for event in piece { state.recent.append(event, at: now) }
                state.extent = LogExtent(floor: tally.floor, head: state.recent.head, byteCount: tally.byteCount)
                state.oldestAt = tally.oldestAt
                state.tail.take(.events(piece))
                return state.tail
            }
            tail.wake()
            piece.removeAll(keepingCapacity: true)
        }
    }

    // MARK: Reading

    package func read(
        after place: LoggedEventID, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        guard place.epoch == epoch else { return completion(.failure(.epochEnded)) }
        let now = clock()
        let read = WaitingRead(
            position: place.sequence, interest: interest, byteLimit: byteLimit, completion: completion)
        switch state.withLock({ $0.answer(read, now: now) }) {
        case .step(let step): completion(.success(step))
        case .closed: completion(.failure(.closed))
        case .schedule: scheduleRead()
        case .wait: break
        }
    }

    private func scheduleRead() {
        file.reader.asyncRead { db in
            if self.answerReads(db) { self.scheduleRead() }
        }
    }

    /// Answers all that wait from one snapshot.
    ///
    /// - Returns: whether more waits. It gets a later snapshot, because an old one keeps the WAL from being reused.
    private func answerReads(_ db: Result<Database, any Error>) -> Bool {
        let reads = state.withLock { $0.takeReads() }
        let now = clock()
        let snapshot = Result {
            try SnapshotReader(
                db.get(), epoch: epoch, path: file.path, hasRequests: file.hasRequests, published: { head })
        }
        for read in reads {
            let step = Result { try snapshot.get().step(for: read, now: now) }
                .mapError { EventLogError($0, path: file.path) }
            condition.withLock { $0.hasRead(step) }
            read.completion(step)
        }
        return state.withLock { $0.finishReads() }
    }
}
