// Removes what a log need not keep, in pieces that hold up publishers for some milliseconds at most. Used within the
// writer's transactions.

internal import EventLog
internal import GRDB

/// Removes the oldest events and keys, by the same rule as `RetainedEvents` and `PublishRecords`.
struct Retention: Sendable {
    /// How many events, and how many keys, one piece removes. It removes more only after a larger commit of publishers.
    static let chunk = 500

    let settings: LogSettings

    /// Whether enough is held too long to be worth a commit of its own, which costs a sync.
    func isDue(_ tally: LogTally) -> Bool {
        let tooMany = Int(tally.head - tally.floor) - settings.events
        let tooLarge = tally.byteCount - settings.bytes
        let slack = max(settings.bytes / 32, Self.chunk * EventCost.record)
        return tooMany >= Self.chunk / 2 || tooLarge > slack
    }

    /// What became of a piece.
    struct Removed {
        var isNothing = true
        var mayBeMore = false
    }

    /// Removes one piece.
    ///
    /// - Parameters:
    ///   - tally: what the file holds before and after.
    ///   - shares: whose events and keys it has, before and after.
    ///   - added: how many events the commit before this piece brought. Twice as many may go. So retention keeps up
    ///     with publishers however large their commits are, and takes no longer than they do.
    func removeChunk(
        _ db: Database, _ tally: inout LogTally, _ shares: inout WriterShares, added: Int = 0, now: WallTime
    ) throws -> Removed {
        let limit = max(Self.chunk, 2 * added)
        let events = try removeEvents(db, &tally, &shares.events, limit: limit, now: now)
        let keys = try removeKeys(db, &shares.keys, limit: limit, now: now)
        return Removed(isNothing: events + keys == 0, mayBeMore: events == limit || keys == limit)
    }

    private func removeEvents(
        _ db: Database, _ tally: inout LogTally, _ shares: inout EventShares, limit: Int, now: WallTime
    ) throws -> Int {
        let oldest = try BoundStatement(
            db,
            "SELECT sequence, total, appended_at, audience, bytes, publisher FROM event ORDER BY sequence LIMIT ?")
        oldest.bind(Int64(limit), at: 1)
        defer { oldest.reset() }
        var removed: [(sequence: Position, audience: Audience?)] = []
        while try oldest.step(), oldest.position(0) < tally.head {
            guard isOver(tally, oldestSince: WallTime(milliseconds: oldest.int64(2)), now: now) else { break }
            tally.floor = oldest.position(0)
            tally.floorTotal = oldest.int64(1)
            shares.remove(tally.floor, bytes: Int(oldest.int64(4)), of: oldest.publisher(5))
            removed.append((tally.floor, oldest.text(3).flatMap(AudienceText.audience)))
        }
        guard !removed.isEmpty else { return 0 }
        oldest.reset()
        try remove(db, removed, upTo: tally.floor)
        tally.oldestAt = try oldestAt(db)
        return removed.count
    }

    private func oldestAt(_ db: Database) throws -> WallTime? {
        let oldest = try BoundStatement(db, "SELECT appended_at FROM event ORDER BY sequence LIMIT 1")
        defer { oldest.reset() }
        return try oldest.step() ? WallTime(milliseconds: oldest.int64(0)) : nil
    }

    private func isOver(_ tally: LogTally, oldestSince: WallTime, now: WallTime) -> Bool {
        tally.byteCount > settings.bytes || Int(tally.head - tally.floor) > settings.events
            || oldestSince.adding(seconds: settings.seconds) <= now
    }

    private func remove(
        _ db: Database, _ events: [(sequence: Position, audience: Audience?)], upTo floor: Position
    ) throws {
        let recipient = try BoundStatement(db, "DELETE FROM recipient WHERE audience = ? AND sequence = ?")
        for (sequence, audience) in events {
            for key in audience.map(AudienceText.keys) ?? [] {
                recipient.bind(key, at: 1)
                recipient.bind(sequence, at: 2)
                try recipient.run()
            }
        }
        let event = try BoundStatement(db, "DELETE FROM event WHERE sequence <= ?")
        event.bind(floor, at: 1)
        try event.run()
    }

    private func removeKeys(_ db: Database, _ shares: inout KeyShares, limit: Int, now: WallTime) throws -> Int {
        let oldest = try BoundStatement(db, "SELECT id, expires_at, publisher FROM publish_key ORDER BY id LIMIT ?")
        oldest.bind(Int64(limit), at: 1)
        defer { oldest.reset() }
        var (last, count): (Int64?, Int) = (nil, 0)
        while try oldest.step(), oldest.int64(1) <= now.milliseconds {
            last = oldest.int64(0)
            count += 1
            if let publisher = oldest.text(2) { shares.remove(oldest.int64(0), of: publisher) }
        }
        guard let last else { return 0 }
        oldest.reset()
        let keys = try BoundStatement(db, "DELETE FROM publish_key WHERE id <= ?")
        keys.bind(last, at: 1)
        try keys.run()
        return count
    }
}
