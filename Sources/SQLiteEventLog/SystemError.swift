// What the system said when SQLite could not write. SQLite's own code says little more than that it failed.

internal import GRDBSQLite

/// The system's error numbers behind SQLite's.
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
