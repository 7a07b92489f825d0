// Whose events the file holds. The rule is `LogShares`' matter: here stands what it counts, so that it is there again
// after a restart. Used within the writer's transactions.

internal import EventLog
internal import GRDB

/// Whose events and whose publish keys the file has. Only the writer uses it, like its tally. When the file does not
/// take a transaction, what that changed is forgotten, and read again when it is needed.
struct WriterShares: Sendable {
    var keys = KeyShares()
    var events = EventShares()
}

/// The shares of those who publish, as far as they are known, and whose have changed since they were last written.
struct EventShares: Sendable {
    private var shares: LogShares?
    private var changed: Set<LogPublisher> = []

    /// Undoes a transaction that the file did not take. That may show at its COMMIT only, after ``save(_:)``; and a
    /// publisher may have got a number, and no event.
    mutating func forget() { (shares, changed) = (nil, []) }

    /// Reads them from the file, unless they are known. Not within a transaction that writes: where a file is damaged,
    /// SQLite refuses what is written behind such a look.
    mutating func load(_ db: Database, _ settings: LogSettings, _ tally: LogTally, now: WallTime) throws {
        guard shares == nil else { return }
        let (mark, weight) = try Self.markUnlessDamaged(db, settings, tally, now)
        var found = LogShares(settings, floor: mark, head: tally.head, weight: weight)
        let rows = try BoundStatement(db, "SELECT id, name, events, bytes FROM publisher ORDER BY id")
        defer { rows.reset() }
        while try rows.step() {
            // A number that no Sluice gives is of nobody, and so are its events.
            guard let number = Int32(exactly: rows.int64(0)), (0...Int32(LogShares.capacity)).contains(number) else {
                continue
            }
            let weight = LogWeight(events: Int(max(0, rows.int64(2))), bytes: Int(max(0, rows.int64(3))))
            found.restore(LogPublisher(number: number), name: rows.text(1), weight: weight)
        }
        shares = found
    }

    /// Where the file is damaged, older events keep nobody out: what is whole goes on.
    private static func markUnlessDamaged(
        _ db: Database, _ settings: LogSettings, _ tally: LogTally, _ now: WallTime
    ) throws -> (Position, LogWeight) {
        do { return try mark(db, settings, tally, now) } catch let error as DatabaseError
            where error.resultCode == .SQLITE_CORRUPT
        {
            return (tally.head, LogWeight())
        }
    }

    /// The place behind what is too old to be in anybody's way, and what stands behind it. It is found by halving: some
    /// thirty looks in the largest file. Where the clock was set back, it may be another place: then some events are
    /// looked at in vain, or not looked at.
    private static func mark(
        _ db: Database, _ settings: LogSettings, _ tally: LogTally, _ now: WallTime
    ) throws -> (Position, LogWeight) {
        let row = try BoundStatement(
            db,
            """
            SELECT sequence, appended_at, total - bytes FROM event WHERE sequence > ? ORDER BY sequence LIMIT 1
            """)
        defer { row.reset() }
        let seconds = min(settings.shareSeconds, settings.seconds)
        var (low, high, total) = (tally.floor, tally.head, tally.headTotal)
        while low < high {
            let middle = low + (high - low) / 2
            row.reset()
            row.bind(middle, at: 1)
            guard try row.step() else { break }
            if WallTime(milliseconds: row.int64(1)).adding(seconds: seconds) <= now {
                low = min(high, max(middle + 1, row.position(0)))
            } else {
                (high, total) = (middle, row.int64(2))
            }
        }
        return (high, LogWeight(events: Int(tally.head - high), bytes: Int(tally.headTotal - total)))
    }

    /// What keeps a batch out: see ``LogShares/obstacle(to:by:now:next:)``.
    mutating func obstacle(
        to batch: LogWeight, by publisher: String?, now: WallTime, _ db: Database
    ) throws -> WallTime? {
        try shares?.obstacle(to: batch, by: publisher, now: now) { try Self.event(after: $0, db) }
    }

    private static func event(after position: Position, _ db: Database) throws -> HeldEvent? {
        let row = try BoundStatement(
            db,
            """
            SELECT sequence, publisher, bytes, appended_at, expires_at FROM event WHERE sequence > ?
            ORDER BY sequence LIMIT 1
            """)
        defer { row.reset() }
        row.bind(position, at: 1)
        guard try row.step() else { return nil }
        return HeldEvent(
            sequence: row.position(0), publisher: row.publisher(1), bytes: Int(row.int64(2)),
            appendedAt: WallTime(milliseconds: row.int64(3)),
            expiresAt: row.isNull(4) ? nil : WallTime(milliseconds: row.int64(4)))
    }

    mutating func publisher(named name: String?) -> LogPublisher { shares?.publisher(named: name) ?? .nobody }

    mutating func insert(_ sequence: Position, bytes: Int, by publisher: LogPublisher) {
        shares?.insert(sequence, bytes: bytes, by: publisher)
        changed.insert(publisher)
    }

    mutating func remove(_ sequence: Position, bytes: Int, of publisher: LogPublisher) {
        shares?.remove(sequence, bytes: bytes, of: publisher)
        changed.insert(publisher)
    }

    /// Writes what has changed: a row for each publisher that a transaction was about.
    mutating func save(_ db: Database) throws {
        defer { changed.removeAll(keepingCapacity: true) }
        guard let shares, !changed.subtracting([.nobody]).isEmpty else { return }
        let put = try BoundStatement(
            db, "INSERT OR REPLACE INTO publisher (id, name, events, bytes) VALUES (?, ?, ?, ?)")
        let drop = try BoundStatement(db, "DELETE FROM publisher WHERE id = ?")
        for publisher in changed where publisher != .nobody {
            if let weight = shares.weight(of: publisher) {
                put.bind(Int64(publisher.number), at: 1)
                put.bind(shares.name(of: publisher), at: 2)
                put.bind(Int64(weight.events), at: 3)
                put.bind(Int64(weight.bytes), at: 4)
                try put.run()
            } else {
                drop.bind(Int64(publisher.number), at: 1)
                try drop.run()
            }
        }
    }
}

extension BoundStatement {
    /// The publisher in a column; an event of before shares were kept has none.
    func publisher(_ column: CInt) -> LogPublisher {
        isNull(column) ? .nobody : Int32(exactly: int64(column)).map(LogPublisher.init) ?? .nobody
    }
}
