// SQLite's errors in the log's words, and what the system said below them.

internal import EventLog
internal import GRDB
internal import GRDBSQLite
internal import Glibc

extension EventLogError {
    /// Why an append or a read failed.
    ///
    /// - Parameters:
    ///   - error: what GRDB or a statement threw.
    ///   - path: the log's file.
    ///   - errno: what the system gave as its reason, if it is known.
    init(_ error: any Error, path: String, errno: CInt = 0) {
        switch error {
        case let error as EventLogError: self = error
        case let error as DatabaseError: self.init(error, path: path, errno: errno)
        default: self.init(.unavailable, "The event log \(path) failed: \(error).")
        }
    }

    private init(_ error: DatabaseError, path: String, errno: CInt) {
        let system = error.resultCode == .SQLITE_IOERR && errno != 0 ? "\(String(cString: strerror(errno))), " : ""
        let reason = "\(system)\(error.message ?? "no reason given"), SQLite code \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(path, reason)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: self = .readOnly(path, reason)
        case .SQLITE_IOERR: self = .failedWrite(path, reason, errno: errno)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .unavailable,
                "Another program holds a lock on the event log \(path) (\(reason)). Find it (`lsof`) and end it; Sluice goes on by itself then."
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

    /// A write to one of the log's files failed.
    static func failedWrite(_ path: String, _ reason: String, errno: CInt) -> EventLogError {
        switch errno {
        case ENOSPC, EDQUOT: full(path, reason)
        case EROFS, EPERM, EACCES: readOnly(path, reason)
        default:
            EventLogError(
                .unavailable,
                "The event log \(path) can't be used at present (\(reason)). Look at its disk; Sluice goes on by itself when it can."
            )
        }
    }

    private static func full(_ path: String, _ reason: String) -> EventLogError {
        EventLogError(
            .full,
            "There is no room for the event log \(path) (\(reason)). Free some on its disk, or keep less (log.retention); publishing goes on by itself then."
        )
    }

    private static func readOnly(_ path: String, _ reason: String) -> EventLogError {
        EventLogError(
            .readOnly,
            "The event log \(path) can't be written any more (\(reason)). Look at its mount, its permissions and its disk; publishing goes on by itself when it can be written."
        )
    }

    /// At a path there is another file than the open one, or none.
    static func moved(_ path: String, isGone: Bool) -> EventLogError {
        EventLogError(
            .moved,
            "\(path) is \(isGone ? "gone" : "another file") while Sluice has it open: what is published now would be lost with this process. Move it back, and publishing goes on by itself; otherwise restart Sluice, which tells streams of the gap."
        )
    }

    /// The rows are not as this room writes them.
    static func damaged(_ path: String, at sequence: Position) -> EventLogError {
        EventLogError(
            .unavailable,
            "The event log \(path) is damaged: event \(sequence) can't be read. Stop Sluice and restore the file from a copy, or move it away to begin an empty log."
        )
    }

    /// The file holds other events than this process wrote, so nothing may be added to it.
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
    /// Why opening failed.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as LogFileError: self = error
        case let error as EventLogError:
            let code: Code = error.code == .full ? .full : error.code == .readOnly ? .notWritable : .unavailable
            self.init(code, error.message)
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

/// What the system said when SQLite could not write. SQLite's own code says little more than that it failed.
enum SystemError {
    /// The number that the last failed call on the connection's journal or file left; 0 for none. It comes from the
    /// open files, because the connection's own number may be from what SQLite did after the failure.
    static func number(_ connection: OpaquePointer?) -> CInt {
        for kind in [SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER] {
            var file: UnsafeMutablePointer<sqlite3_file>?
            guard sqlite3_file_control(connection, "main", kind, &file) == SQLITE_OK, let file,
                let control = file.pointee.pMethods?.pointee.xFileControl
            else { continue }
            var number: CInt = 0
            if control(file, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK, number != 0 { return number }
        }
        return 0
    }
}
