// Opening and closing a log's file: that it is one of ours and whole, which epoch it goes on under, and that the next one
// to open it can tell how it was left. Not for what is in it.

internal import EventHub
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
    private let lock: LogFileLock

    /// Opens the file, or makes it.
    ///
    /// - Parameters:
    ///   - bootID: the machine's run, if it is known.
    ///   - freshEpoch: gives a name that no log has had.
    init(
        path: String, settings: SQLiteLogSettings, bootID: String?, freshEpoch: () -> Epoch
    ) throws(LogFileError) {
        do {
            self.path = path
            lock = try LogFileLock(path)
            writer = try DatabaseQueue(path: path, configuration: Self.configuration(readonly: false))
            (epochs, tally) = try writer.writeWithoutTransaction { db in
                try Self.prepare(db, path, settings, bootID, freshEpoch)
            }
            reader = try DatabaseQueue(path: path, configuration: Self.configuration(readonly: true))
        } catch {
            throw LogFileError(error, path: path)
        }
    }

    // MARK: The connections

    private static func configuration(readonly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.label = readonly ? "event-log.reader" : "event-log.writer"
        configuration.readonly = readonly
        configuration.foreignKeysEnabled = false
        // Nobody else should have the file open; an operator's shell may, for a moment.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // The newest events are held as events; pages are only needed to write, and to read what is older.
            try db.execute(sql: "PRAGMA cache_size = -8192")
            // Mapped memory of a file that someone truncates is SIGBUS; a read gives an error.
            try db.execute(sql: "PRAGMA mmap_size = 0")
        }
        return configuration
    }

    private static func prepare(
        _ db: Database, _ path: String, _ settings: SQLiteLogSettings, _ bootID: String?, _ freshEpoch: () -> Epoch
    ) throws -> (EpochChain, LogTally) {
        let isNew = try identify(db, path)
        if !isNew { try check(db, path, limit: settings.checkedBytes) }
        try setUpJournal(db)
        var found = (EpochChain(), LogTally())
        // As one transaction, and synced whatever the durability: a half-made file is not ours the next time.
        try db.inTransaction(.immediate) {
            if isNew { try LogSchema.create(db) }
            let tally = try LogTally(db)
            found = (try epochs(db, path, tally, bootID, freshEpoch), tally)
            try Self.record(db, settings.durability, isClosed: false, bootID)
            return .commit
        }
        try db.execute(sql: "PRAGMA synchronous = \(settings.durability == .full ? "FULL" : "NORMAL")")
        return found
    }

    /// - Returns: whether the file is empty.
    private static func identify(_ db: Database, _ path: String) throws -> Bool {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0, version == 0, tables == 0 { return true }
        guard application == LogSchema.applicationID else { throw LogFileError.foreign(path) }
        guard version <= LogSchema.version else {
            throw LogFileError.newerVersion(path, found: version, known: LogSchema.version)
        }
        return false
    }

    private static func check(_ db: Database, _ path: String, limit: Int) throws {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        guard pages * pageSize <= limit else { return }
        let finding = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard finding == "ok" else {
            throw LogFileError.corrupt(path, finding.replacingOccurrences(of: "\n", with: " "))
        }
    }

    private static func setUpJournal(_ db: Database) throws {
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // 16 MiB: whoever's commit fills it moves the pages into the file, which takes longer than a commit; so not often.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
        // A WAL that a burst made large is cut back to this.
        try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
    }

    // MARK: The epoch, and how the file was left

    private static func epochs(
        _ db: Database, _ path: String, _ tally: LogTally, _ bootID: String?, _ freshEpoch: () -> Epoch
    ) throws -> EpochChain {
        var chain = EpochChain()
        for row in try Row.fetchAll(db, sql: "SELECT name, begins_after FROM epoch ORDER BY number") {
            guard let epoch = Epoch(row[0] as String) else { throw LogFileError.corrupt(path, "an epoch has no name") }
            chain.begin(epoch, after: Position(clamping: row[1] as Int64))
        }
        let mayHaveLost = try lastUse(db).mayHaveLostEvents(bootID: bootID)
        guard chain.current == nil || mayHaveLost else { return chain }
        let epoch = freshEpoch()
        chain.begin(epoch, after: tally.head)
        try db.execute(
            sql: "INSERT INTO epoch (name, begins_after) VALUES (?, ?)",
            arguments: [epoch.text, Int64(clamping: tally.head)])
        return chain
    }

    /// A file that says nothing of its last use was left in the worst way.
    private static func lastUse(_ db: Database) throws -> LastUse {
        guard let row = try Row.fetchOne(db, sql: "SELECT durability, closed, boot_id FROM last_use") else {
            return LastUse(durability: .normal, wasClosed: false, bootID: nil)
        }
        return LastUse(
            durability: Durability(rawValue: row[0]) ?? .normal, wasClosed: row[1], bootID: row[2])
    }

    private static func record(_ db: Database, _ durability: Durability, isClosed: Bool, _ bootID: String?) throws {
        try db.execute(
            sql: "INSERT OR REPLACE INTO last_use (id, durability, closed, boot_id) VALUES (1, ?, ?, ?)",
            arguments: [durability.rawValue, isClosed, bootID])
    }

    /// The writer's last act: everything synced, and said so. When that fails, the next open takes the file for one that
    /// was left open, which is true.
    static func finish(_ db: Database, _ durability: Durability) {
        try? db.execute(sql: "PRAGMA synchronous = FULL")
        try? db.inTransaction(.immediate) {
            try record(db, durability, isClosed: true, nil)
            return .commit
        }
        try? db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Closes both connections and lets the next one have the file. Waits for what they are doing.
    func close() {
        try? reader.close()
        try? writer.close()
        lock.release()
    }
}
