// `sluice log stats`: what a log's file holds, and what it takes up.

package import EventLog
internal import GRDB

/// A log's file in numbers.
package struct LogFigures: Sendable, Equatable {
    /// What one kind of audience has.
    package struct Share: Sendable, Equatable {
        /// `user`, `users`, `topic` or `everyone`.
        package let audience: String
        package let events: Int
        package let bytes: Int
    }

    package var format = 0
    /// Today's epoch; empty when the file has none.
    package var epoch = ""
    package var epochs = 0
    package var isInUse = false
    package var events = 0
    /// What they are counted as for `log.retention.bytes`.
    package var bytes = 0
    /// Their sequences; 0 without events.
    package var first: Position = 0
    package var last: Position = 0
    package var oldest: WallTime?
    package var newest: WallTime?
    package var audiences: [Share] = []
    package var publishers = 0
    package var publishKeys = 0
    package var revocations = 0
    package var sessions = 0
    package var fileBytes = 0
    /// What of the file is used by nothing. New events use it again.
    package var freeBytes = 0
    package var journalBytes = 0
}

extension StoredLog {
    /// Counts, in one snapshot. A gateway may have the file open.
    package func figures() throws(LogFileError) -> LogFigures {
        let isInUse = isInUse
        var figures = try read(counted)
        figures.isInUse = isInUse
        figures.fileBytes = FileIdentity.size(at: path)
        figures.journalBytes = FileIdentity.size(at: path + "-wal")
        return figures
    }

    private func counted(_ db: Database) throws -> LogFigures {
        var figures = LogFigures()
        figures.format = try version(db)
        let tally = try LogTally(db)
        (figures.bytes, figures.last) = (tally.byteCount, tally.head)
        figures.first = tally.head > tally.floor ? tally.floor + 1 : tally.floor
        (figures.oldest, figures.newest) = (try time(db, "ORDER BY sequence"), try time(db, "ORDER BY sequence DESC"))
        figures.audiences = try audiences(db)
        figures.events = figures.audiences.reduce(0) { $0 + $1.events }
        figures.epoch = try String.fetchOne(db, sql: "SELECT name FROM epoch ORDER BY number DESC LIMIT 1") ?? ""
        figures.epochs = try count(db, "epoch")
        figures.publishKeys = try count(db, "publish_key")
        figures.revocations = try count(db, "revocation")
        figures.sessions = try count(db, "kept_session")
        figures.publishers = try count(db, "publisher")
        let pageBytes = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
        figures.freeBytes = try (Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0) * pageBytes
        return figures
    }

    private func time(_ db: Database, _ order: String) throws -> WallTime? {
        try Int64.fetchOne(db, sql: "SELECT appended_at FROM event \(order) LIMIT 1").map(WallTime.init(milliseconds:))
    }

    /// How many rows a table has; a file of an earlier format may lack the table.
    private func count(_ db: Database, _ table: String) throws -> Int {
        try db.tableExists(table) ? Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 : 0
    }

    private func audiences(_ db: Database) throws -> [LogFigures.Share] {
        let kinds = ["u": "user", "m": "users", "t": "topic", "e": "everyone"]
        return try Row.fetchAll(
            db, sql: "SELECT substr(audience, 1, 1), count(*), sum(bytes) FROM event GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        .map { row in
            LogFigures.Share(audience: kinds[row[0] as String] ?? "unknown", events: row[1], bytes: row[2])
        }
    }
}
