// The publish keys in the file: `PublishRecords`, kept across restarts. Used within the writer's transactions.

internal import EventHub
internal import GRDB
internal import NIOCore

/// Which batches are in the log already, by their publishers' keys.
struct PublishKeyTable {
    private let find: BoundStatement
    private let insert: BoundStatement
    private let dropOldest: BoundStatement
    private let settings: LogSettings

    init(_ db: Database, _ settings: LogSettings) throws {
        find = try BoundStatement(
            db, "SELECT digest, first, stream_counts, expires_at FROM publish_key WHERE publisher = ? AND key = ?")
        insert = try BoundStatement(
            db,
            "INSERT OR REPLACE INTO publish_key (publisher, key, digest, first, stream_counts, expires_at) VALUES (?, ?, ?, ?, ?, ?)"
        )
        dropOldest = try BoundStatement(
            db, "DELETE FROM publish_key WHERE id = (SELECT id FROM publish_key ORDER BY id LIMIT 1)")
        self.settings = settings
    }

    /// What the file has under a key.
    enum Finding {
        case unknown
        /// Its end has come; the row is still there.
        case expired
        case known(Appended)
    }

    /// Looks a key up.
    ///
    /// - Throws: ``EventLogError/Code/keyReused`` for a key of another batch.
    func finding(for key: PublishKey, now: WallTime) throws -> Finding {
        defer { find.reset() }
        find.bind(AudienceText.canonical(key.publisher), at: 1)
        find.bind(AudienceText.canonical(key.key), at: 2)
        guard try find.step() else { return .unknown }
        guard now.milliseconds < find.int64(3) else { return .expired }
        guard find.bytes(0).readableBytesView.elementsEqual(key.digest) else { throw EventLogError.keyReused }
        let counts = (find.text(2) ?? "").split(separator: ",").compactMap { Int($0) }
        return .known(Appended(first: find.position(1), streamCounts: counts, isRepeat: true))
    }

    /// Remembers what became of a key's batch, and forgets the oldest where there are too many.
    ///
    /// - Parameter finding: what the file has under the key until now.
    func insert(
        _ appended: Appended, for key: PublishKey, in finding: Finding, now: WallTime, tally: inout LogTally
    ) throws {
        insert.bind(AudienceText.canonical(key.publisher), at: 1)
        insert.bind(AudienceText.canonical(key.key), at: 2)
        key.digest.withUnsafeBytes { insert.bind($0, at: 3) }
        insert.bind(appended.first, at: 4)
        insert.bind(appended.streamCounts.map(String.init).joined(separator: ","), at: 5)
        insert.bind(now.adding(seconds: settings.keySeconds).milliseconds, at: 6)
        try insert.run()
        if case .unknown = finding { tally.keyCount += 1 }
        while tally.keyCount > settings.keys {
            try dropOldest.run()
            tally.keyCount -= 1
        }
    }
}
