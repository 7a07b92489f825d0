// What happens to a log's disk, and what a log asks of it.

import GRDB
import Synchronization

@testable import SQLiteEventLog

extension SQLiteEventLog {
    /// Lets the file grow to so many pages only: a full disk.
    func limitPages(_ count: Int) async { await write { try? $0.execute(sql: "PRAGMA max_page_count = \(count)") } }

    /// Takes the writer's right to write, or gives it back: a disk that became read-only.
    func setReadOnly(_ isReadOnly: Bool) async {
        await write { try? $0.execute(sql: "PRAGMA query_only = \(isReadOnly ? 1 : 0)") }
    }

    /// Counts the writer's commits from here on.
    func countingCommits() async -> CommitCount {
        let count = CommitCount()
        await write { $0.add(transactionObserver: count, extent: .databaseLifetime) }
        return count
    }

    /// Has the writer's commits fail from here on, when asked to.
    func failingCommits() async -> CommitFailure {
        let failure = CommitFailure()
        await write { $0.add(transactionObserver: failure, extent: .databaseLifetime) }
        return failure
    }

    /// Counts from here on how often the writer looks for the event behind a position.
    func countingLooks() async -> LookCount {
        let count = LookCount()
        await write { db in
            db.trace { event in
                if case .statement(let statement) = event, statement.sql.contains("FROM event WHERE sequence > ") {
                    count.add()
                }
            }
        }
        return count
    }

    private func write(_ body: @escaping @Sendable (Database) -> Void) async {
        await withCheckedContinuation { continuation in
            file.writer.asyncWriteWithoutTransaction { db in
                body(db)
                continuation.resume()
            }
        }
    }
}

/// How many transactions a connection has committed.
final class CommitCount: TransactionObserver, Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { count.add(1, ordering: .relaxed) }
    func databaseDidRollback(_ db: Database) {}
}

/// A disk that is full when a transaction's pages are written, which is at its COMMIT: all before it succeeds.
final class CommitFailure: TransactionObserver, Sendable {
    private let isOn = Atomic<Bool>(false)

    func set(_ isOn: Bool) { self.isOn.store(isOn, ordering: .relaxed) }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseWillCommit() throws {
        if isOn.load(ordering: .relaxed) { throw DatabaseError(resultCode: .SQLITE_FULL) }
    }
    func databaseDidCommit(_ db: Database) {}
    func databaseDidRollback(_ db: Database) {}
}

/// How often a connection has run a statement.
final class LookCount: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add() { count.add(1, ordering: .relaxed) }
}
