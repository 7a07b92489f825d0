// Kept sessions in the file: one more with a sign-in, and one less with signing out.

package import EventLog
internal import GRDB
internal import Synchronization

extension SQLiteEventLog {
    /// All that wait are one commit, between those of publishers: however many sign in, publishers wait for one sync
    /// more. What is let go of is synced whatever the durability, because it must not come back with the power; a
    /// session that is lost with it only has its user sign in again.
    package func record(
        _ order: SessionOrder, completion: @escaping @Sendable (Result<Void, EventLogError>) -> Void
    ) {
        let waiting = WaitingOrder(order: order, completion: completion)
        switch state.withLock({ $0.isClosed ? nil : $0.orders.add(waiting) }) {
        case .schedule: scheduleOrders()
        case .wait: break
        case .refuse: completion(.failure(EventLogError(.unavailable, "Too many sign-ins wait to be written.")))
        case nil: completion(.failure(.closed))
        }
    }

    /// One commit per turn of the writer's queue, so that publishers get theirs in between.
    private func scheduleOrders() {
        file.writer.asyncWriteWithoutTransaction { db in
            if self.writeOrders(db) { self.scheduleOrders() }
        }
    }

    /// - Returns: whether more waits.
    func writeOrders(_ db: Database) -> Bool {
        let group = state.withLock { $0.orders.take() }
        for (one, answer) in zip(group, write(group.map(\.order), db)) { one.completion(answer) }
        return state.withLock { $0.orders.finish() }
    }

    /// - Returns: what became of each order.
    private func write(_ orders: [SessionOrder], _ db: Database) -> [Result<Void, EventLogError>] {
        guard !state.withLock({ $0.isClosed }) else { return orders.map { _ in .failure(.closed) } }
        var plan = OrdersPlan()
        do {
            // Whoever begins to follow the log waits for the commit, and so hears of nothing that fails.
            try sessions.withLock { sessions in
                plan = OrdersPlan(orders, in: &sessions, now: clock())
                guard !plan.changes.isEmpty else { return }
                do {
                    try file.place.check()
                    try commit(plan.changes, db)
                } catch {
                    plan.revert(in: &sessions)
                    throw error
                }
            }
            guard !plan.changes.isEmpty else { return plan.answers() }
            // In force from here on, as an event is delivered, even if whoever asked can't be told so.
            for change in plan.changes { tell(.sessions(change)) }
            try confirm()
            condition.withLock { $0.wrote() }
            return plan.answers()
        } catch {
            let failure = failure(error, db)
            condition.withLock { $0.failed(failure) }
            return plan.answers(failure)
        }
    }

    private func commit(_ changes: [SessionChange], _ db: Database) throws {
        let isSynced = settings.durability == .full || changes.contains { $0.kept.isEmpty }
        if isSynced { try db.execute(sql: "PRAGMA synchronous = FULL") }
        defer { if settings.durability == .normal { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
        try db.inTransaction(.immediate) {
            try file.checkContent(db, head: tally.withLock { $0.head })
            for change in changes { try KeptSessionTable(db, file.path).apply(change) }
            return .commit
        }
    }

    /// How many sessions go in one transaction: publishers wait for it for some milliseconds.
    static let endedPerTurn = 500

    /// Removes the sessions whose end has come from the file, so many at most. Within a transaction of the upkeep's.
    ///
    /// - Returns: what has gone from it, to be carried out here when the transaction is done.
    func removeEndedSessions(_ db: Database, now: WallTime) throws -> SessionChange {
        let change = sessions.withLock { $0.expiry(now: now, limit: Self.endedPerTurn) }
        if !change.isNothing { try KeptSessionTable(db, file.path).apply(change) }
        return change
    }
}

/// What some orders do, one after another: each is judged by what those before it leave.
private struct OrdersPlan {
    private enum Outcome {
        case changed
        case nothing
        case refused(EventLogError)
    }

    private var outcomes: [Outcome] = []
    /// In their order.
    private(set) var changes: [SessionChange] = []
    private var reversals: [SessionChange] = []

    init() {}

    /// - Parameter sessions: has the changes, from here on.
    init(_ orders: [SessionOrder], in sessions: inout KeptSessions, now: WallTime) {
        for order in orders {
            do throws(EventLogError) {
                let change = try sessions.change(for: order, now: now)
                outcomes.append(change.isNothing ? .nothing : .changed)
                guard !change.isNothing else { continue }
                reversals.append(sessions.reversal(of: change))
                sessions.apply(change)
                changes.append(change)
            } catch {
                outcomes.append(.refused(error))
            }
        }
    }

    func revert(in sessions: inout KeptSessions) {
        for reversal in reversals.reversed() { sessions.apply(reversal) }
    }

    /// - Parameter failure: why the changes were not written, or can't be told of.
    func answers(_ failure: EventLogError? = nil) -> [Result<Void, EventLogError>] {
        var outcome = Result<Void, EventLogError>.success(())
        return outcomes.map { one in
            if case .refused(let error) = one { return .failure(error) }
            // An order that changes nothing may have found what one before it did.
            if case .changed = one, let failure { outcome = .failure(failure) }
            return outcome
        }
    }
}
