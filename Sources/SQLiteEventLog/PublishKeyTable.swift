// The publish keys in the file: `PublishRecords`, kept across restarts. Used within the writer's transactions.

internal import EventLog
internal import GRDB
internal import NIOCore

/// Finds, by a publisher's key, the batch that is in the log already.
struct PublishKeyTable {
    private let db: Database
    private let find: BoundStatement
    private let insert: BoundStatement
    private let drop: BoundStatement
    private let settings: LogSettings

    init(_ db: Database, _ settings: LogSettings) throws {
        self.db = db
        find = try BoundStatement(
            db, "SELECT digest, first, stream_counts, expires_at, id FROM publish_key WHERE publisher = ? AND key = ?")
        insert = try BoundStatement(
            db,
            "INSERT INTO publish_key (publisher, key, digest, first, stream_counts, expires_at) VALUES (?, ?, ?, ?, ?, ?)"
        )
        drop = try BoundStatement(db, "DELETE FROM publish_key WHERE id = ?")
        self.settings = settings
    }

    /// What the file has under a key.
    enum Finding {
        case unknown
        /// The key has expired, and its row is still there.
        case expired(id: Int64)
        case known(Appended)
    }

    /// Looks up a key.
    ///
    /// - Throws: ``EventLogError/Code/keyReused`` for a key of another batch.
    func finding(for key: PublishKey, in epoch: Epoch, now: WallTime) throws -> Finding {
        defer { find.reset() }
        find.bind(AudienceText.canonical(key.publisher), at: 1)
        find.bind(AudienceText.canonical(key.key), at: 2)
        guard try find.step() else { return .unknown }
        guard now.milliseconds < find.int64(3) else { return .expired(id: find.int64(4)) }
        guard find.bytes(0).readableBytesView.elementsEqual(key.digest) else { throw EventLogError.keyReused }
        let counts = (find.text(2) ?? "").split(separator: ",").compactMap { Int($0) }
        return .known(Appended(epoch: epoch, first: find.position(1), streamCounts: counts, isRepeat: true))
    }

    /// Remembers what became of a key's batch, and forgets what is too much.
    ///
    /// - Parameters:
    ///   - first: the sequence of the batch's first event.
    ///   - streamCounts: one per event.
    ///   - finding: what the file has for the key so far.
    ///   - shares: whose keys there are.
    func insert(
        _ first: Position, _ streamCounts: [Int], for key: PublishKey, in finding: Finding, now: WallTime,
        shares: inout KeyShares
    ) throws {
        let publisher = AudienceText.canonical(key.publisher)
        let name = AudienceText.canonical(key.key)
        let counts = streamCounts.map(String.init).joined(separator: ",")
        let cost = Self.cost(publisher.utf8.count, name.utf8.count, counts.utf8.count)
        if case .expired(let id) = finding { try forget(id, of: publisher, shares: &shares) }
        insert.bind(publisher, at: 1)
        insert.bind(name, at: 2)
        key.digest.withUnsafeBytes { insert.bind($0, at: 3) }
        insert.bind(first, at: 4)
        insert.bind(counts, at: 5)
        insert.bind(now.adding(seconds: settings.keySeconds).milliseconds, at: 6)
        // If the shares have to be read from the file, that is before the new row is in it.
        try shares.load(db, settings)
        try insert.run()
        for id in shares.insert(db.lastInsertedRowID, of: publisher, cost: cost) { try remove(id) }
    }

    private func forget(_ id: Int64, of publisher: String, shares: inout KeyShares) throws {
        try shares.load(db, settings)
        try remove(id)
        shares.remove(id, of: publisher)
    }

    private func remove(_ id: Int64) throws {
        drop.bind(id, at: 1)
        try drop.run()
    }

    fileprivate static func cost(_ publisherBytes: Int, _ keyBytes: Int, _ countBytes: Int) -> Int {
        PublishKeyShares.cost(publisherBytes: publisherBytes, keyBytes: keyBytes, answerBytes: countBytes)
    }
}

/// Whose keys the file has, as far as that is known. Only the writer uses it, like its tally. When the file does not
/// take a transaction, this is forgotten, and read again when it is needed.
struct KeyShares: Sendable {
    private var shares: PublishKeyShares?
    /// How many were forgotten because there were too many.
    private(set) var evicted = 0

    /// Nil while it is not known.
    var tally: PublishKeyTally? {
        shares.map { PublishKeyTally(count: $0.count, byteCount: $0.byteCount, evicted: evicted) }
    }

    var changes: UInt64? { shares?.changes }

    /// Undoes a transaction that the file did not take.
    mutating func forget(evicted: Int) { (shares, self.evicted) = (nil, evicted) }

    /// Reads them from the file, unless they are known.
    mutating func load(_ db: Database, _ settings: LogSettings) throws {
        guard shares == nil else { return }
        var found = PublishKeyShares(keys: .max, bytes: .max)
        let rows = try BoundStatement(
            db,
            """
            SELECT id, publisher, length(CAST(publisher AS BLOB)), length(CAST(key AS BLOB)), length(stream_counts)
            FROM publish_key ORDER BY id
            """)
        defer { rows.reset() }
        while try rows.step() {
            guard let publisher = rows.text(1) else { continue }
            let cost = PublishKeyTable.cost(Int(rows.int64(2)), Int(rows.int64(3)), Int(rows.int64(4)))
            _ = found.insert(rows.int64(0), of: publisher, cost: cost)
        }
        found.limit(keys: settings.keys, bytes: settings.keyBytes)
        shares = found
    }

    mutating func insert(_ id: Int64, of publisher: String, cost: Int) -> [Int64] {
        let forgotten = shares?.insert(id, of: publisher, cost: cost) ?? []
        evicted += forgotten.count
        return forgotten
    }

    mutating func remove(_ id: Int64, of publisher: String) { shares?.remove(id, of: publisher) }
}
