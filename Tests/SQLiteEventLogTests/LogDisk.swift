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
