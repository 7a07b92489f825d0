// `sluice log vacuum`: writes a log's file anew, so that room which no event needs goes back to the disk. A gateway
// that has the file open would have to wait for all of it, so it must be stopped.

internal import GRDB

extension StoredLog {
    /// Makes the file as small as what it holds.
    ///
    /// - Returns: how many bytes the file and its journal had, and how many it has.
    /// - Throws: ``LogFileError/Code/inUse`` while a gateway has the file. On any failure the file holds what it held.
    package func vacuum() throws(LogFileError) -> (before: Int, after: Int) {
        guard FileIdentity.size(at: path) > 0 else { throw .missing(path) }
        let lock = try LogFileLock(path, makesFile: false)
        defer { lock.release() }
        try LogPast(path, wasUsedHere: true).requireOwnJournal()
        let before = size
        do {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            try queue.writeWithoutTransaction { db in
                _ = try version(db)
                try db.execute(sql: "VACUUM")
                try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        } catch {
            throw explained(LogFileError(error, path: path))
        }
        return (before, size)
    }

    private var size: Int { FileIdentity.size(at: path) + FileIdentity.size(at: path + "-wal") }

    private func explained(_ error: LogFileError) -> LogFileError {
        guard error.code == .full else { return error }
        return LogFileError(
            .full,
            "There is no room to write \(path) anew: it takes up to twice as much again as it holds, for a while (\(size) bytes now). Free some on its disk and in the folder for temporary files (SQLITE_TMPDIR). The log is as it was."
        )
    }
}
