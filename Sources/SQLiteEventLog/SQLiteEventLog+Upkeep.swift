// When a log removes what it has held too long: between commits, and from time to time. `Retention` decides what goes.

internal import EventLog
internal import GRDB
internal import Synchronization

extension SQLiteEventLog {
    func startUpkeep() {
        guard let interval = settings.upkeepInterval else { return }
        let task = Task { [weak self] in
            while !Task.isCancelled {
                await self?.upkeep()
                guard (try? await Task.sleep(for: interval)) != nil else { return }
            }
        }
        upkeepTask.withLock { $0 = task }
    }

    /// Removes all that is held too long, and returns when it is gone. It also runs by itself.
    func upkeep() async {
        while await upkeepChunk() {}
    }

    private func upkeepChunk() async -> Bool {
        guard !state.withLock({ $0.isClosed }) else { return false }
        return await withCheckedContinuation { continuation in
            file.writer.asyncWriteWithoutTransaction { db in continuation.resume(returning: self.removeChunk(db)) }
        }
    }

    /// - Parameter added: how many events the last commit brought.
    func scheduleUpkeepIfDue(added: Int) {
        guard Retention(settings: retained).isDue(tally.withLock { $0 }) else { return }
        let isScheduled = state.withLock { state in
            defer { state.isUpkeepDue = true }
            return state.isUpkeepDue
        }
        guard !isScheduled else { return }
        file.writer.asyncWriteWithoutTransaction { db in
            self.state.withLock { $0.isUpkeepDue = false }
            if self.removeChunk(db, added: added) { self.scheduleUpkeepIfDue(added: added) }
        }
    }

    /// - Returns: whether there may be more. After a failure the next turn tries again. Until then more is held than
    ///   asked for, and when the disk is full, publishers learn it from their appends.
    private func removeChunk(_ db: Database, added: Int = 0) -> Bool {
        let before = tally.withLock { $0 }
        let now = clock()
        guard let (after, more) = try? removing(db, from: before, added: added, now: now) else { return false }
        guard after != before else { return more }
        tally.withLock { $0 = after }
        state.withLock { state in
            // With the same clock reading, so that memory holds nothing that the file has removed.
            state.recent.dropAged(now)
            state.extent = after.extent
            state.oldestAt = after.oldestAt
        }
        return more
    }

    private func removing(
        _ db: Database, from before: LogTally, added: Int, now: WallTime
    ) throws -> (LogTally, Bool) {
        var (after, removed, ended) = (before, Retention.Removed(), SessionChange())
        try changingShares { shares in
            try shares.events.load(db, retained, before, now: now)
            try db.inTransaction(.immediate) {
                // The keys are read so that the metrics are true before somebody publishes with one. A failure here
                // stops nothing: whoever needs them reads them again.
                try? shares.keys.load(db, retained)
                removed = try Retention(settings: retained)
                    .removeChunk(db, &after, &shares, added: added, now: now)
                try shares.events.save(db)
                ended = try removeEndedSessions(db, now: now)
                // Nothing to sync when nothing has been removed.
                return removed.isNothing && ended.isNothing ? .rollback : .commit
            }
        }
        sessions.withLock { $0.apply(ended) }
        return (after, removed.mayBeMore || ended.forgotten.count == Self.endedPerTurn)
    }
}
