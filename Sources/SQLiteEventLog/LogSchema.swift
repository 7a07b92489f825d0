// What a log's file consists of. A change here is another version, and needs a way from the one before: see `upgrade`.

internal import EventLog
internal import GRDB

/// The tables of a log's file, and how it is told from other files.
enum LogSchema {
    /// "Slce" in SQLite's header: the file is ours.
    static let applicationID = 0x536C_6365
    /// The format that this code reads and writes.
    static let version = 6

    /// Whether a file that is not empty is one that this code can read.
    static func requireOurs(application: Int, version: Int, _ path: String) throws(LogFileError) {
        guard application == applicationID else { throw .foreign(path) }
        guard version <= Self.version else { throw .newerVersion(path, found: version, known: Self.version) }
    }

    static func create(_ db: Database) throws {
        try db.execute(
            sql: """
                -- `bytes` is what the event counted for when it was written, `total` the sum up to and with it:
                -- both ends tell what is held. `data` is last: SQLite reads through it to what stands behind it. (In
                -- a file that comes from a format before 6 it is not.)
                CREATE TABLE event (
                    sequence INTEGER PRIMARY KEY, appended_at INTEGER NOT NULL, expires_at INTEGER,
                    bytes INTEGER NOT NULL, total INTEGER NOT NULL, publisher INTEGER, audience TEXT NOT NULL,
                    name TEXT, data BLOB NOT NULL
                ) STRICT;
                -- The index by audience. A table of its own, since an event may be for several users.
                CREATE TABLE recipient (
                    audience TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (audience, sequence)
                ) STRICT, WITHOUT ROWID;
                -- In the order of `id` the oldest come first.
                CREATE TABLE publish_key (
                    id INTEGER PRIMARY KEY, publisher TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,
                    first INTEGER NOT NULL, stream_counts TEXT NOT NULL, expires_at INTEGER NOT NULL,
                    UNIQUE (publisher, key)
                ) STRICT;
                -- The last one is today's; each ended where the next one began.
                CREATE TABLE epoch (number INTEGER PRIMARY KEY, name TEXT NOT NULL, begins_after INTEGER NOT NULL) STRICT;
                CREATE TABLE last_use (
                    id INTEGER PRIMARY KEY CHECK (id = 1), durability TEXT NOT NULL, closed INTEGER NOT NULL,
                    boot_id TEXT, use TEXT, previous_use TEXT
                ) STRICT;
                \(revocations)
                \(sessions)
                \(publishers)
                PRAGMA application_id = \(applicationID);
                PRAGMA user_version = \(version);
                """)
    }

    /// In the order of `number` the oldest come first.
    private static let revocations = """
        CREATE TABLE revocation (
            number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, issued_before INTEGER NOT NULL,
            made_at INTEGER NOT NULL, UNIQUE (kind, name)
        ) STRICT;
        """

    /// `name` is the digest of a handle, and `content` what a token said. Neither handle nor token is in the file.
    private static let sessions = """
        CREATE TABLE kept_session (
            name BLOB PRIMARY KEY, user TEXT NOT NULL, session TEXT NOT NULL, ends_at INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Who has events in the file, how many, and what they count for. `event.publisher` is its `id`; an event that was
    /// written before there was this table has none. 0 is those for whom `LogShares` had no number.
    private static let publishers = """
        CREATE TABLE publisher (
            id INTEGER PRIMARY KEY, name TEXT, events INTEGER NOT NULL, bytes INTEGER NOT NULL
        ) STRICT;
        """

    /// Whether events have a column for the request that brought them: since it was first asked for
    /// (`stream.request_field`). That is no other version, because a program without it reads and writes past it.
    ///
    /// - Parameter adding: whether to make the column. Within a transaction of the writer's then.
    static func hasRequests(_ db: Database, adding: Bool = false) throws -> Bool {
        let isThere = "SELECT count(*) > 0 FROM pragma_table_info('event') WHERE name = 'request'"
        if try Bool.fetchOne(db, sql: isThere) ?? false { return true }
        if adding { try db.execute(sql: "ALTER TABLE event ADD COLUMN request TEXT") }
        return adding
    }

    /// Brings a file of an earlier version to this one. Within a transaction.
    static func upgrade(_ db: Database, from found: Int) throws {
        if found < 2 {
            // The use of the file that its content comes from: see `LogWitness`.
            try db.execute(
                sql: "ALTER TABLE last_use ADD COLUMN use TEXT; ALTER TABLE last_use ADD COLUMN previous_use TEXT")
        }
        if found < 3 { try db.execute(sql: revocations) }
        if found < 4 { try db.execute(sql: sessions) }
        if found < 5 { try db.execute(sql: "ALTER TABLE event ADD COLUMN publisher INTEGER; \(publishers)") }
        if found == 4 || found == 5 {
            try db.execute(sql: "ALTER TABLE kept_session ADD COLUMN session TEXT NOT NULL DEFAULT ''")
        }
        if found < version { try db.execute(sql: "PRAGMA user_version = \(version)") }
    }
}

/// The sums that the writer keeps from commit to commit, so that it need not ask the file for them.
struct LogTally: Sendable, Equatable {
    /// The newest event's sequence.
    var head: Position = 0
    /// The position before the oldest event held.
    var floor: Position = 0
    /// The bytes of all events ever appended, up to `head` and up to `floor`.
    var headTotal: Int64 = 0
    var floorTotal: Int64 = 0
    /// When the oldest event held was appended.
    var oldestAt: WallTime?

    var byteCount: Int { Int(headTotal - floorTotal) }

    var extent: LogExtent { LogExtent(floor: floor, head: head, byteCount: byteCount) }

    init() {}

    /// Reads the sums from the file: a look at both ends.
    init(_ db: Database) throws {
        if let newest = try Row.fetchOne(
            db, sql: "SELECT sequence, total FROM event ORDER BY sequence DESC LIMIT 1"),
            let oldest = try Row.fetchOne(
                db, sql: "SELECT sequence, total - bytes, appended_at FROM event ORDER BY sequence LIMIT 1")
        {
            head = Position(clamping: newest[0] as Int64)
            headTotal = newest[1]
            floor = Position(clamping: (oldest[0] as Int64) - 1)
            floorTotal = oldest[1]
            oldestAt = WallTime(milliseconds: oldest[2])
        }
    }
}
