// The kept sessions in the file. Which are kept is `KeptSessions`' matter: here stands what it says.

internal import EventLog
internal import Foundation
internal import GRDB

/// Reads and changes the table of kept sessions, within a transaction.
struct KeptSessionTable {
    private let db: Database
    private let path: String

    init(_ db: Database, _ path: String) { (self.db, self.path) = (db, path) }

    /// All, the one that ends first before the others.
    ///
    /// - Throws: ``LogFileError`` for a row that is not of this version.
    func all() throws -> [KeptSession] {
        try Row.fetchAll(
            db, sql: "SELECT name, user, session, ends_at, content FROM kept_session ORDER BY ends_at, name"
        )
        .map { row in
            guard let name = KeptSession.Name(digest: row[0] as Data) else {
                throw LogFileError.corrupt(path, "a kept session has no name")
            }
            return KeptSession(
                name: name, user: row[1], session: row[2], endsAt: WallTime(milliseconds: row[3]),
                content: Array(row[4] as Data))
        }
    }

    func apply(_ change: SessionChange) throws {
        for name in change.forgotten {
            try db.execute(sql: "DELETE FROM kept_session WHERE name = ?", arguments: [Data(name.bytes)])
        }
        for session in change.kept {
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO kept_session (name, user, session, ends_at, content) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    Data(session.name.bytes), session.user, session.session, session.endsAt.milliseconds,
                    Data(session.content),
                ])
        }
    }

    /// Removes those whose end has come.
    func removeAll(until now: WallTime) throws {
        try db.execute(sql: "DELETE FROM kept_session WHERE ends_at <= ?", arguments: [now.milliseconds])
    }

    func removeAll() throws { try db.execute(sql: "DELETE FROM kept_session") }
}
