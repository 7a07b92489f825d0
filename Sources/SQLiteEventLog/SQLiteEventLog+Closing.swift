// The end of a log.

internal import EventLog
internal import GRDB
internal import Synchronization

extension SQLiteEventLog {
    /// Writes what waits, answers everyone, and leaves the file so that the next open knows it is complete. Appends and
    /// reads from here on are refused as ``EventLogError/Code/closed``.
    package func close() async {
        let wasOpen = state.withLock { state in
            state.isClosed = true
            return state.appends.close()
        }
        guard wasOpen else { return }
        upkeepTask.withLock { $0?.cancel() }
        lookTask.withLock { $0?.cancel() }
        await withCheckedContinuation { continuation in
            file.writer.asyncWriteWithoutTransaction { db in
                while self.writeGroup(db) {}
                while self.writeOrders(db) {}
                self.file.finish(db, head: self.tally.withLock { $0.head })
                continuation.resume()
            }
        }
        await finishReads()
        file.close()
    }

    /// The reader's queue answers the reads that wait before it answers this.
    private func finishReads() async {
        await withCheckedContinuation { continuation in
            file.reader.asyncRead { _ in continuation.resume() }
        }
    }
}
