// The writer's first acts on a log's file. They find what it is, whether it is whole, and under which epoch it goes on.

internal import EventLog
internal import Foundation
internal import GRDB

/// Readies a log's file for one use.
struct LogOpening {
    let path: String
    let past: LogPast
    let settings: SQLiteLogSettings
    let bootID: String?
    let use: UseID
    let now: WallTime

    /// What the file turned out to be.
    struct Finding {
        var epochs = EpochChain()
        var tally = LogTally()
        var newEpochReason: String?
        var revocations: [Revocation] = []
        var sessions: [KeptSession] = []
        var hasRequests = false
        /// Whether the file itself, and not only its journal, names this use.
        var isInFile = false
    }

    func open(_ db: Database, _ freshEpoch: () -> Epoch) throws -> Finding {
        let version = try version(db)
        if version != nil { try check(db) }
        try setUpJournal(db)
        var finding = Finding()
        // In one transaction, and synced whatever the durability is: a half-made file would not count as ours the next
        // time.
        try db.inTransaction(.immediate) {
            if let version { try LogSchema.upgrade(db, from: version) } else { try LogSchema.create(db) }
            finding.hasRequests = try LogSchema.hasRequests(db, adding: settings.keepsRequests)
            finding.tally = try LogTally(db)
            finding.revocations = try RevocationTable(db, path).all()
            try begin(db, &finding, freshEpoch)
            try KeptSessionTable(db, path).removeAll(until: now)
            finding.sessions = try KeptSessionTable(db, path).all()
            return .commit
        }
        // Writes the use into the file itself, so that an older copy of the file is recognised even beside today's
        // journal. Waits for nobody.
        let checkpoint = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
        finding.isInFile = checkpoint.map { $0[0] == 0 && ($0[1] as Int) == $0[2] } ?? false
        try db.execute(sql: "PRAGMA synchronous = \(settings.durability == .full ? "FULL" : "NORMAL")")
        return finding
    }

    // MARK: Whether it is ours, and whole

    /// - Returns: nothing for an empty file.
    private func version(_ db: Database) throws -> Int? {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        if application == 0, version == 0, tables == 0 { return nil }
        try LogSchema.requireOurs(application: application, version: version, path)
        return version
    }

    private func check(_ db: Database) throws {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        guard pages * pageSize <= settings.checkedBytes else { return }
        try Self.requireWhole(path) { try String.fetchOne(db, sql: $0) }
    }

    /// - Parameter ask: gives the one text, or number as a text, that a query asks for.
    static func requireWhole(_ path: String, _ ask: (String) throws -> String?) throws {
        let finding = try ask("PRAGMA quick_check(1)") ?? "no answer"
        guard finding == "ok" else {
            throw LogFileError.corrupt(path, finding.replacingOccurrences(of: "\n", with: " "))
        }
        // The trees may be well formed even when a journal's pages were put into a file that they do not belong to.
        let holes = "SELECT count(*) <> coalesce(max(sequence) - min(sequence) + 1, 0) FROM event"
        guard try ask(holes) == "0" else { throw LogFileError.corrupt(path, "events are missing") }
    }

    private func setUpJournal(_ db: Database) throws {
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // 16 MiB. The commit that fills it moves the pages into the file, which takes longer than a commit, so it
        // should be seldom.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
        // A WAL that a burst made large is cut back to this.
        try db.execute(sql: "PRAGMA journal_size_limit = \(settings.journalBytes)")
    }

    // MARK: The epoch, and how the file was left

    private func begin(_ db: Database, _ finding: inout Finding, _ freshEpoch: () -> Epoch) throws {
        for row in try Row.fetchAll(db, sql: "SELECT name, begins_after FROM epoch ORDER BY number") {
            guard let epoch = Epoch(row[0] as String) else { throw LogFileError.corrupt(path, "an epoch has no name") }
            finding.epochs.begin(epoch, after: Position(clamping: row[1] as Int64))
        }
        let last = try LastUse(db)
        finding.newEpochReason = reason(last, finding)
        if finding.epochs.current == nil || finding.newEpochReason != nil {
            try begin(freshEpoch(), after: finding.tally.head, in: &finding.epochs, db)
        }
        // It may be an older state of the file: one who has signed out since would be in again.
        if finding.newEpochReason != nil { try KeptSessionTable(db, path).removeAll() }
        try LastUse(
            // The use that the witness names, because a start may be killed before it can write its own, and another
            // one follows.
            durability: settings.durability, wasClosed: false, bootID: bootID, use: use, previousUse: past.witness?.use
        ).write(db)
    }

    /// Why a file that survived its machine's end does not go on.
    static let powerLoss =
        "the machine stopped before it was closed, and the disk may lack its end (log.durability: normal)"

    /// Why the file can't go on under its epoch; nil when it can.
    private func reason(_ last: LastUse, _ finding: Finding) -> String? {
        guard finding.epochs.current != nil else { return nil }
        if last.mayHaveLostEvents(bootID: bootID) {
            return Self.powerLoss
        }
        guard case .breaks(let found) = past.continuity(of: last, head: finding.tally.head) else { return nil }
        return found.rawValue
    }

    private func begin(_ epoch: Epoch, after head: Position, in epochs: inout EpochChain, _ db: Database) throws {
        epochs.begin(epoch, after: head)
        try db.execute(
            sql: "INSERT INTO epoch (name, begins_after) VALUES (?, ?)",
            arguments: [epoch.text, Int64(clamping: head)])
    }
}
