// Opens and closes a log's file. Makes sure that it is ours and whole, decides which epoch it goes on under, and
// records how it was left for whoever opens it next. What is in it is for others.

internal import EventLog
internal import Foundation
internal import GRDB

/// An open file: its connections, and what was found in it.
struct LogFile: Sendable {
    let path: String
    /// The only connection that writes.
    let writer: DatabaseQueue
    /// Reads snapshots while the other one writes.
    let reader: DatabaseQueue
    let epochs: EpochChain
    /// What the file holds at open.
    let tally: LogTally
    /// The revocations that it holds at open, the oldest first, until somebody takes them.
    private var revocations: [Revocation]
    /// The sessions that it keeps at open, likewise.
    private var sessions: [KeptSession]
    /// Whether its events may have the requests that brought them.
    let hasRequests: Bool
    /// Why a file that was there begins a new epoch; nil when its epoch goes on.
    let newEpochReason: String?
    private let useText: String
    /// The places of the open files.
    let place: LogPlace
    let witness: WitnessFile
    private let durability: Durability
    private let lock: LogFileLock

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - bootID: the machine's boot, if it is known.
    ///   - now: what has ended by then is not kept.
    ///   - freshEpoch: gives a name that no log has had.
    init(
        path: String, settings: SQLiteLogSettings, bootID: String?, now: WallTime, freshEpoch: () -> Epoch
    ) throws(LogFileError) {
        var random = SystemRandomNumberGenerator()
        let use = UseID(using: &random)
        do {
            self.path = path
            useText = use.text
            durability = settings.durability
            lock = try LogFileLock(path)
            let past = LogPast(path, wasUsedHere: lock.wasUsed)
            try past.checkJournal()
            writer = try DatabaseQueue(path: path, configuration: Self.configuration(readonly: false))
            let opening = LogOpening(path: path, past: past, settings: settings, bootID: bootID, use: use, now: now)
            let found = try writer.writeWithoutTransaction { try opening.open($0, freshEpoch) }
            (epochs, tally, newEpochReason) = (found.epochs, found.tally, found.newEpochReason)
            (revocations, sessions) = (found.revocations, found.sessions)
            hasRequests = found.hasRequests
            place = LogPlace(path)
            let file = place.fileInode
            guard file == past.inode else { throw EventLogError.moved(path, isGone: file == 0) }
            witness = try WitnessFile(
                LogPast.witnessPath(path),
                LogWitness(
                    use: use, file: file, journal: place.journalInode, isInFile: found.isInFile, head: tally.head))
            reader = try DatabaseQueue(path: path, configuration: Self.configuration(readonly: true))
        } catch {
            throw LogFileError(error, path: path)
        }
    }

    /// What it holds at open is handed on once: of what ends later nothing stays in memory.
    mutating func takeRevocations() -> [Revocation] {
        defer { revocations = [] }
        return revocations
    }

    mutating func takeSessions() -> [KeptSession] {
        defer { sessions = [] }
        return sessions
    }

    private static func configuration(readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.label = readonly ? "event-log.reader" : "event-log.writer"
        configuration.readonly = readonly
        configuration.foreignKeysEnabled = false
        // Nobody else should have the file open; an operator's shell may, for a moment.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // The newest events are in memory as events. Pages are only needed to write, and to read older events.
            try db.execute(sql: "PRAGMA cache_size = -8192")
            // When someone truncates the file, mapped memory gives SIGBUS, and a read gives an error.
            try db.execute(sql: "PRAGMA mmap_size = 0")
        }
        return configuration
    }

    /// Checks that the file still has what this process wrote, and nothing else.
    ///
    /// - Parameter head: the newest event that this process knows of.
    func checkContent(_ db: Database, head: Position) throws {
        let ends = try BoundStatement(db, "SELECT (SELECT max(sequence) FROM event), (SELECT use FROM last_use)")
        defer { ends.reset() }
        guard try ends.step(), ends.position(0) == head, ends.text(1) == useText else {
            throw EventLogError.changedByOthers
        }
    }

    // MARK: The end

    /// The writer's last act: syncs everything, and records it. When that fails, the next open takes the file for one
    /// that was left open, which is true.
    ///
    /// - Parameter head: the file's newest event.
    func finish(_ db: Database, head: Position) {
        try? db.execute(sql: "PRAGMA synchronous = FULL")
        do {
            try db.inTransaction(.immediate) {
                var last = try LastUse(db)
                last = LastUse(
                    durability: durability, wasClosed: true, bootID: nil, use: last.use, previousUse: last.previousUse)
                try last.write(db)
                return .commit
            }
            try witness.finish(head: head)
        } catch {}
        try? db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Closes both connections and releases the file. Waits for what they are doing.
    func close() {
        try? reader.close()
        try? writer.close()
        witness.close()
        lock.release()
    }
}
