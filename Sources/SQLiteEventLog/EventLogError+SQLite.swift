// SQLite's errors in the log's words.

internal import EventHub
internal import GRDB

extension EventLogError {
    /// What an append or a read failed with.
    ///
    /// - Parameters:
    ///   - error: what GRDB or a statement threw.
    ///   - path: the log's file.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as EventLogError: self = error
        case let error as DatabaseError: self.init(error, path: path)
        default: self.init(.unavailable, "The event log \(path) failed: \(error).")
        }
    }

    private init(_ error: DatabaseError, path: String) {
        let reason = "\(error.message ?? "no reason given"), SQLite code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(
                .full,
                "There is no room for the event log \(path) (\(reason)). Free some on its disk, or keep less (log.retention); publishing goes on by itself then."
            )
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .unavailable,
                "The event log \(path) is damaged (\(reason)). Stop Sluice and restore the file from a copy, or move it away to begin an empty log."
            )
        default:
            self.init(
                .unavailable,
                "The event log \(path) can't be used at present (\(reason)). Look at its disk and its permissions; Sluice goes on by itself when it can."
            )
        }
    }

    /// The rows are not what this room writes.
    static func damaged(_ path: String, at sequence: Position) -> EventLogError {
        EventLogError(
            .unavailable,
            "The event log \(path) is damaged: event \(sequence) can't be read. Stop Sluice and restore the file from a copy, or move it away to begin an empty log."
        )
    }

    /// The file holds other events than this process put there: nothing may be built on it.
    static let changedByOthers = EventLogError(
        .unavailable,
        "Something other than this Sluice has changed the event log's file. Restart Sluice, which reads it anew, and let nothing else write it."
    )

    static let closed = EventLogError(.closed, "The event log has been closed: Sluice is stopping.")

    static func busy(_ limit: Int) -> EventLogError {
        EventLogError(
            .busy,
            "More than \(limit) bytes of events wait to be written to the disk. Publish more slowly, or use a faster disk."
        )
    }
}

extension LogFileError {
    /// What opening failed with.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as LogFileError: self = error
        case let error as DatabaseError: self.init(error, path: path)
        default: self.init(.unavailable, "The event log \(path) can't be opened: \(error).")
        }
    }

    private init(_ error: DatabaseError, path: String) {
        let reason = "\(error.message ?? "no reason given"), SQLite code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_NOTADB: self = .foreign(path)
        case .SQLITE_CORRUPT: self = .corrupt(path, reason)
        case .SQLITE_FULL:
            self.init(.full, "There is no room for the event log \(path) (\(reason)). Free some on its disk.")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            self.init(
                .notWritable,
                "The event log \(path) can't be written (\(reason)). The user that Sluice runs as must be able to write it and to create files in its directory."
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .inUse,
                "\(path) is locked by another program (\(reason)). Close that one, or set log.path to another file.")
        default: self.init(.unavailable, "The event log \(path) can't be opened (\(reason)).")
        }
    }
}
