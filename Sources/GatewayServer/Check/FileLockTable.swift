// Linux's table of file locks, /proc/locks (proc_locks(5)): who has a log's file open, without touching the lock.

/// Who holds locks.
enum FileLockTable {
    /// The process that holds a `flock` on a file.
    ///
    /// - Parameters:
    ///   - inode: the file's.
    ///   - table: the text of /proc/locks: `1: FLOCK  ADVISORY  WRITE 1234 fe:01:123456 0 EOF`.
    static func holder(of inode: UInt64, in table: String) -> Int32? {
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            // The line of a process that waits for a lock has an arrow behind its number.
            guard fields.count >= 6, fields[1] == "FLOCK", let process = Int32(fields[4]) else { continue }
            if fields[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode { return process }
        }
        return nil
    }
}
