// Kept sessions in the file: one more with a sign-in, and one less with signing out.

package import EventLog
internal import GRDB
internal import Synchronization

extension SQLiteEventLog {
    /// Each is a commit of its own, between those of publishers. What is let go of is synced whatever the durability,
    /// because it must not come back with the power; a session that is lost with it only has its user sign in again.
    package func record(
        _ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        guard !state.withLock({ $0.isClosed }) else { return completion(.failure(.closed)) }
        file.writer.asyncWriteWithoutTransaction { db in
            let result = Result { () throws(EventLogError) in try self.write(order, db) }
            completion(result)
        }
    }

    private func write(_ order: SessionOrder, _ db: Database) throws(EventLogError) {
        guard !state.withLock({ $0.isClosed }) else { throw .closed }
        let now = clock()
        let change = try sessions.withLock { sessions throws(EventLogError) in
            try sessions.change(for: order, now: now)
        }
        guard !change.isNothing else { return }
        do {
            try file.place.check()
            try commit(change, db)
            // In force from here on, as an event is delivered, even if whoever asked can't be told so.
            sessions.withLock { $0.apply(change) }
            tell(.sessions(change))
            try confirm()
            condition.withLock { $0.wrote() }
        } catch {
            let failure = failure(error, db)
            condition.withLock { $0.failed(failure) }
            throw failure
        }
    }

    private func commit(_ change: SessionChange, _ db: Database) throws {
        let isSynced = settings.durability == .full || change.kept.isEmpty
        if isSynced { try db.execute(sql: "PRAGMA synchronous = FULL") }
        defer { if settings.durability == .normal { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
        try db.inTransaction(.immediate) {
            try file.checkContent(db, head: tally.withLock { $0.head })
            try KeptSessionTable(db, file.path).apply(change)
            return .commit
        }
    }

    /// Removes the sessions whose end has come from the file. Within a transaction of the upkeep's.
    ///
    /// - Returns: what has gone from it, to be carried out here when the transaction is done.
    func removeEndedSessions(_ db: Database, now: WallTime) throws -> SessionChange {
        let change = sessions.withLock { $0.expiry(now: now) }
        if !change.isNothing { try KeptSessionTable(db, file.path).apply(change) }
        return change
    }
}
