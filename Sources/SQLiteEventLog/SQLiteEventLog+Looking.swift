// What the log checks from time to time, with or without publishers: whether its files are where they were, whether it
// can write again, and how large its journal is.

package import EventLog
internal import Foundation
internal import GRDB
internal import Glibc
internal import Synchronization

extension SQLiteEventLog {
    func startLooking() {
        guard let interval = settings.lookInterval else { return }
        let task = Task { [weak self] in
            while !Task.isCancelled {
                guard (try? await Task.sleep(for: interval)) != nil else { return }
                await self?.look()
            }
        }
        lookTask.withLock { $0 = task }
    }

    /// Checks once, and tells who watches. It also runs by itself.
    package func look() async {
        guard !state.withLock({ $0.isClosed }) else { return }
        do throws(EventLogError) {
            try file.place.check()
            // Then an older copy can be told from the file after a power loss, too.
            try await syncWitness()
            if health.failure != nil || !mayWrite { await tryToWrite() }
        } catch {
            condition.withLock { $0.failed(error) }
        }
        if journal.withLock({ $0.isDue(bytes: journalBytes) }) { await moveJournal() }
        let held = journal.withLock { $0.heldSeconds(now: clock()) }
        condition.withLock { $0.looked(journalBytes: journalBytes, heldSeconds: held) }
    }

    /// Runs on a thread that may wait for the disk.
    private func syncWitness() async throws(EventLogError) {
        let witness = file.witness
        let result = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(EventLogError) in try witness.sync() })
            }
        }
        try result.get()
    }

    /// The size of `-wal`.
    private var journalBytes: Int { FileIdentity.size(at: file.path + "-wal") }

    /// What the system says without a write: the file system has become read-only, or an owner or a mode has changed.
    /// Only a trial tells whether that stops a process that has the file open already.
    private var mayWrite: Bool { access(file.path, W_OK) == 0 }

    // MARK: Writing again

    /// Publishers may stay away while the log fails, because a balancer that asks for readiness sends none. So the log
    /// tries by itself.
    private func tryToWrite() async { await withWriter { db in _ = self.tryToWrite(db) } }

    /// A commit of a page that says what it said before, in its turn among those of publishers: one page in the
    /// journal, and the sync of `log.durability`.
    package func probe(completion: @escaping @Sendable (EventLogError?) -> Void) {
        file.writer.asyncWriteWithoutTransaction { db in completion(self.tryToWrite(db)) }
    }

    /// - Returns: why it could not.
    private func tryToWrite(_ db: Database) -> EventLogError? {
        // A file that has been closed says so, and must not be changed.
        guard !state.withLock({ $0.isClosed }) else { return .closed }
        do {
            // The next event may be larger than this trial.
            if health.failure?.code == .full { try requireRoom() }
            try db.inTransaction(.immediate) {
                try file.checkContent(db, head: tally.withLock { $0.head })
                // There and back. SQLite writes no page whose bytes stay as they are, and one that had been changed
                // goes to the journal, and to the disk as `log.durability` has it, whatever is in it at the end.
                try db.execute(sql: "UPDATE last_use SET closed = 1; UPDATE last_use SET closed = 0")
                return .commit
            }
            try file.witness.rewrite()
            try file.place.check()
            condition.withLock { $0.wrote() }
            return nil
        } catch {
            let failure = failure(error, db)
            condition.withLock { $0.failed(failure) }
            return failure
        }
    }

    /// How many bytes have to be free before a full disk counts as one with room.
    private static let room = 1 << 20

    private func requireRoom() throws {
        let folder = URL(fileURLWithPath: file.path).deletingLastPathComponent().path
        let free = try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? NSNumber
        guard free?.intValue ?? .max >= Self.room else { throw health.failure ?? .closed }
    }

    // MARK: The journal

    /// Moves the journal's pages into the file, and gives back the journal's room when there is much of it. The journal
    /// can't be cut while somebody reads from it. Our own readers are done in a moment. Others are not waited for long,
    /// because publishers wait meanwhile.
    private func moveJournal() async {
        let isLarge = journalBytes > settings.journalBytes
        await withWriter { db in
            try? db.execute(sql: "PRAGMA busy_timeout = 50")
            let mode = isLarge ? "TRUNCATE" : "PASSIVE"
            // Busy, pages in the journal, and those of them that are in the file: -1 where it could not be tried.
            if let row = try? Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(\(mode))"), row[1] as Int >= 0 {
                self.journal.withLock { $0.checkpointed(frames: row[1], moved: row[2], now: self.clock()) }
            }
            try? db.execute(sql: "PRAGMA busy_timeout = 5000")
        }
    }

    private func withWriter(_ body: @escaping @Sendable (Database) -> Void) async {
        await withCheckedContinuation { continuation in
            file.writer.asyncWriteWithoutTransaction { db in
                body(db)
                continuation.resume()
            }
        }
    }
}
