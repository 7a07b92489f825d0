// Revocations in the file: seldom, and never lost.

package import EventLog
internal import GRDB
internal import Synchronization

extension SQLiteEventLog {
    /// Each is a commit of its own, between those of publishers, and synced whatever the durability: what it keeps out
    /// must not come back with the power.
    package func revoke(
        _ revocation: Revocation, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        guard !state.withLock({ $0.isClosed }) else { return completion(.failure(.closed)) }
        file.writer.asyncWriteWithoutTransaction { db in
            let result = Result { () throws(EventLogError) in try self.write(revocation, db) }
            completion(result)
        }
    }

    private func write(_ revocation: Revocation, _ db: Database) throws(EventLogError) {
        guard !state.withLock({ $0.isClosed }) else { throw .closed }
        let now = clock()
        let change = try revocations.withLock { list throws(EventLogError) in
            try list.change(for: revocation, now: now)
        }
        do {
            try file.place.check()
            try commit(change, db)
            // In force from here on, as an event is delivered, even if whoever asked can't be told so.
            revocations.withLock { $0.apply(change) }
            tell(.revoked([revocation]))
            try confirm()
            condition.withLock { $0.wrote() }
        } catch {
            let failure = failure(error, db)
            condition.withLock { $0.failed(failure) }
            throw failure
        }
    }

    private func commit(_ change: RevocationChange, _ db: Database) throws {
        if settings.durability == .normal { try db.execute(sql: "PRAGMA synchronous = FULL") }
        defer { if settings.durability == .normal { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
        try db.inTransaction(.immediate) {
            try file.checkContent(db, head: tally.withLock { $0.head })
            try RevocationTable(db, file.path).apply(change)
            return .commit
        }
    }
}
