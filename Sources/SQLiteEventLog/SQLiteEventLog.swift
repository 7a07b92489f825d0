// The engine that survives a restart: one SQLite file in WAL mode. What is committed together and when is decided here;
// what stands in the file by `EventWriter`, `SnapshotReader` and `Retention`.

package import EventHub
internal import GRDB
internal import Synchronization

/// An event log in one SQLite file, bounded in bytes, events and age.
///
/// Nothing here blocks its caller on the disk. Appends wait in memory for the one connection that writes; it takes all
/// that wait into one commit, so that many publishers share one sync. Reads of the newest events are answered from memory
/// at once, others by a second connection from a snapshot.
package final class SQLiteEventLog: EventLog {
    package let epoch: Epoch
    let file: LogFile
    let settings: SQLiteLogSettings
    let retained: LogSettings
    let clock: @Sendable () -> WallTime
    let state: Mutex<State>
    /// The writer's own: no other thread asks for it while it writes.
    let tally: Mutex<LogTally>
    private let commits = Atomic<Int>(0)
    private let upkeepTask = Mutex<Task<Void, Never>?>(nil)

    /// What callers on any thread see.
    struct State {
        var appends: WaitingAppends
        var reads: [WaitingRead] = []
        /// The newest events, up to what the tail has been given.
        var recent: RetainedEvents
        var extent: LogExtent
        var tail: Tail = { _ in }
        var isReading = false
        var isClosed = false
        var isUpkeepDue = false
    }

    /// Opens the file, or makes it (mode 0600).
    ///
    /// - Parameters:
    ///   - path: the file; SQLite puts `-wal` and `-shm` beside it, and Sluice `-lock`.
    ///   - settings: how much is kept.
    ///   - engine: how it is written, and what is held in memory.
    ///   - bootID: names the machine's run; nothing when that is not known.
    ///   - freshEpoch: gives a name that no log has had.
    ///   - clock: the time, for what ends by itself.
    /// - Throws: ``LogFileError`` when the file can't be used. It has not been changed then.
    package init(
        path: String, settings: LogSettings, engine: SQLiteLogSettings = SQLiteLogSettings(),
        bootID: String? = SQLiteEventLog.currentBootID(), freshEpoch: () -> Epoch = SQLiteEventLog.randomEpoch,
        clock: @escaping @Sendable () -> WallTime
    ) throws(LogFileError) {
        let file = try LogFile(path: path, settings: engine, bootID: bootID, freshEpoch: freshEpoch)
        guard let epoch = file.epochs.current else { throw LogFileError.corrupt(path, "it has no epoch") }
        self.file = file
        self.epoch = epoch
        self.settings = engine
        retained = settings
        self.clock = clock
        tally = Mutex(file.tally)
        // The same bounds as the file's beside the bytes, so that memory never holds what the file has let go.
        var recent = settings
        recent.bytes = min(settings.bytes, engine.cacheBytes)
        state = Mutex(
            State(
                appends: WaitingAppends(limit: engine.queueBytes),
                recent: RetainedEvents(recent, head: file.tally.head), extent: file.tally.extent))
        startUpkeep()
    }

    deinit { upkeepTask.withLock { $0?.cancel() } }

    /// This run of the machine, as its kernel names it.
    package static func currentBootID() -> String? { BootID.current() }

    /// A name that no log has had, by chance.
    package static func randomEpoch() -> Epoch {
        var random = SystemRandomNumberGenerator()
        return Epoch.fresh(using: &random)
    }

    package func end(of epoch: Epoch) -> Position? { file.epochs.end(of: epoch) }

    package var head: Position { extent.head }

    package var extent: LogExtent { state.withLock { $0.extent } }

    /// How many commits with appends there have been: fewer than appends when publishers share them.
    package var commitCount: Int { commits.load(ordering: .relaxed) }

    package func follow(_ tail: @escaping Tail) {
        state.withLock { $0.tail = tail }
    }

    // MARK: Appending

    package func append(
        _ batch: EventBatch, completion: @escaping @Sendable (Result<Appended, EventLogError>) -> Void
    ) {
        switch state.withLock({ $0.appends.add(WaitingAppend(batch: batch, completion: completion)) }) {
        case .schedule: scheduleWrite()
        case .wait: break
        case .refuse(.busy): completion(.failure(.busy(settings.queueBytes)))
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
    private func writeGroup(_ db: Database) -> Bool {
        let group = state.withLock { $0.appends.take() }
        guard !group.isEmpty else { return state.withLock { $0.appends.finish() } }
        let answers: [Result<Appended, EventLogError>]
        do {
            let now = clock()
            let written = try commit(group, db, now)
            publish(written, now)
            answers = written.map(\.answer)
        } catch {
            let failure = EventLogError(error, path: file.path)
            answers = group.map { _ in .failure(failure) }
        }
        for (append, answer) in zip(group, answers) { append.completion(answer) }
        scheduleUpkeepIfDue()
        return state.withLock { $0.appends.finish() }
    }

    private func commit(_ group: [WaitingAppend], _ db: Database, _ now: WallTime) throws -> [WrittenBatch] {
        let before = tally.withLock { $0 }
        var written: [WrittenBatch] = []
        var after = before
        written.reserveCapacity(group.count)
        try db.inTransaction(.immediate) {
            var writer = try EventWriter(db, tally: before, epoch: epoch, settings: retained, now: now)
            for append in group { written.append(try writer.write(append.batch)) }
            after = writer.tally
            return .commit
        }
        tally.withLock { $0 = after }
        commits.add(1, ordering: .relaxed)
        return written
    }

    /// Shows the hub what has been committed, in log order. In pieces, since callers on event loops wait for the lock.
    private func publish(_ written: [WrittenBatch], _ now: WallTime) {
        let tally = tally.withLock { $0 }
        var piece: [LoggedEvent] = []
        for (number, batch) in written.enumerated() {
            piece.append(contentsOf: batch.events)
            guard piece.count >= 256 || number == written.count - 1, !piece.isEmpty else { continue }
            state.withLock { state in
                for event in piece { state.recent.append(event, at: now) }
                state.extent = LogExtent(floor: tally.floor, head: state.recent.head, byteCount: tally.byteCount)
                state.tail(piece)
            }
            piece.removeAll(keepingCapacity: true)
        }
    }

    // MARK: Reading

    package func read(
        after position: Position, for interest: Interest, byteLimit: Int,
        completion: @escaping @Sendable (Result<ReplayStep, EventLogError>) -> Void
    ) {
        let now = clock()
        let read = WaitingRead(position: position, interest: interest, byteLimit: byteLimit, completion: completion)
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
    /// - Returns: whether more waits, for a later snapshot: an old one keeps the WAL from being used again.
    private func answerReads(_ db: Result<Database, any Error>) -> Bool {
        let reads = state.withLock { $0.takeReads() }
        let now = clock()
        let snapshot = Result { try SnapshotReader(db.get(), epoch: epoch, path: file.path, published: { head }) }
        for read in reads {
            let step = Result { try snapshot.get().step(for: read, now: now) }
            read.completion(step.mapError { EventLogError($0, path: file.path) })
        }
        return state.withLock { $0.finishReads() }
    }

    // MARK: Retention

    private func startUpkeep() {
        guard let interval = settings.upkeepInterval else { return }
        let task = Task { [weak self] in
            while !Task.isCancelled {
                await self?.upkeep()
                guard (try? await Task.sleep(for: interval)) != nil else { return }
            }
        }
        upkeepTask.withLock { $0 = task }
    }

    /// Lets go of all that is held too long, and returns when it is gone. Runs by itself, too.
    package func upkeep() async {
        while await upkeepChunk() {}
    }

    private func upkeepChunk() async -> Bool {
        guard !state.withLock({ $0.isClosed }) else { return false }
        return await withCheckedContinuation { continuation in
            file.writer.asyncWriteWithoutTransaction { db in continuation.resume(returning: self.removeChunk(db)) }
        }
    }

    private func scheduleUpkeepIfDue() {
        guard Retention(settings: retained).isDue(tally.withLock { $0 }) else { return }
        let isScheduled = state.withLock { state in
            defer { state.isUpkeepDue = true }
            return state.isUpkeepDue
        }
        guard !isScheduled else { return }
        file.writer.asyncWriteWithoutTransaction { db in
            self.state.withLock { $0.isUpkeepDue = false }
            if self.removeChunk(db) { self.scheduleUpkeepIfDue() }
        }
    }

    /// - Returns: whether there may be more. A failure is the next turn's to repeat: until then more is held than asked
    ///   for, and if the disk is full publishers are told by their appends.
    private func removeChunk(_ db: Database) -> Bool {
        let before = tally.withLock { $0 }
        let now = clock()
        guard let (after, more) = try? removing(db, from: before, now: now) else { return false }
        guard after != before else { return more }
        tally.withLock { $0 = after }
        state.withLock { state in
            // By the same clock reading, so that memory holds nothing that the file has let go.
            state.recent.dropAged(now)
            state.extent = after.extent
        }
        return more
    }

    private func removing(_ db: Database, from before: LogTally, now: WallTime) throws -> (LogTally, Bool) {
        var (after, more) = (before, false)
        try db.inTransaction(.immediate) {
            more = try Retention(settings: retained).removeChunk(db, &after, now: now)
            // Nothing to sync when nothing has been removed.
            return after == before ? .rollback : .commit
        }
        return (after, more)
    }

    // MARK: Closing

    /// Writes what waits, answers everyone, and leaves the file so that the next open knows it is complete. Appends and
    /// reads from here on are refused as ``EventLogError/Code/closed``.
    package func close() async {
        let wasOpen = state.withLock { state in
            state.isClosed = true
            return state.appends.close()
        }
        guard wasOpen else { return }
        upkeepTask.withLock { $0?.cancel() }
        await withCheckedContinuation { continuation in
            file.writer.asyncWriteWithoutTransaction { db in
                while self.writeGroup(db) {}
                LogFile.finish(db, self.settings.durability)
                continuation.resume()
            }
        }
        await finishReads()
        file.close()
    }

    /// Those that wait are answered in the reader's queue before this is.
    private func finishReads() async {
        await withCheckedContinuation { continuation in
            file.reader.asyncRead { _ in continuation.resume() }
        }
    }

    /// Lets the file grow to so many pages only: a full disk, for tests.
    package func limitPages(_ count: Int) async {
        await withCheckedContinuation { continuation in
            file.writer.asyncWriteWithoutTransaction { db in
                try? db.execute(sql: "PRAGMA max_page_count = \(count)")
                continuation.resume()
            }
        }
    }
}
