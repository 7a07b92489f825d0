// The revocations in the file. What is in force is `RevocationList`'s matter: here stands what it says.

internal import EventLog
internal import GRDB

/// Reads and changes the table of revocations, within a transaction.
struct RevocationTable {
    private let db: Database
    private let path: String

    init(_ db: Database, _ path: String) { (self.db, self.path) = (db, path) }

    /// All, the oldest first.
    ///
    /// - Throws: ``LogFileError`` for a row that says nothing known: to pass one over would let a token in again.
    func all() throws -> [Revocation] {
        try Row.fetchAll(db, sql: "SELECT kind, name, issued_before, made_at FROM revocation ORDER BY number")
            .map { row in
                guard let target = Revocation.Target(kind: row[0], name: row[1]) else {
                    throw LogFileError.corrupt(path, "a revocation is of no known kind")
                }
                return Revocation(target, issuedBefore: row[2], madeAt: WallTime(milliseconds: row[3]))
            }
    }

    func apply(_ change: RevocationChange) throws {
        for target in change.removed {
            try db.execute(
                sql: "DELETE FROM revocation WHERE kind = ? AND name = ?", arguments: [target.kind, target.name])
        }
        let (added, target) = (change.added, change.added.target)
        try db.execute(
            sql: "INSERT OR REPLACE INTO revocation (kind, name, issued_before, made_at) VALUES (?, ?, ?, ?)",
            arguments: [target.kind, target.name, added.issuedBefore, added.madeAt.milliseconds])
    }

    /// Adds those of another list: of two of one target, what either revokes is revoked.
    ///
    /// - Returns: how many changed something.
    func join(_ others: [Revocation]) throws -> Int {
        let known = Dictionary(try all().map { ($0.target, $0) }) { $1 }
        var count = 0
        for other in others {
            let joined = known[other.target]?.joined(with: other) ?? other
            guard joined != known[other.target] else { continue }
            count += 1
            try db.execute(
                sql: """
                    INSERT INTO revocation (kind, name, issued_before, made_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (kind, name) DO UPDATE
                    SET issued_before = excluded.issued_before, made_at = excluded.made_at
                    """,
                arguments: [other.target.kind, other.target.name, joined.issuedBefore, joined.madeAt.milliseconds])
        }
        return count
    }
}

extension Revocation.Target {
    fileprivate var kind: String {
        switch self {
        case .token: "token"
        case .user: "user"
        case .everyone: "everyone"
        }
    }

    fileprivate init?(kind: String, name: String) {
        switch kind {
        case "token": self = .token(name)
        case "user": self = .user(name)
        case "everyone": self = .everyone
        default: return nil
        }
    }
}
