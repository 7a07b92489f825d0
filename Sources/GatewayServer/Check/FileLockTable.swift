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

    /// The processes that read a snapshot of an SQLite file in WAL mode. Each holds a shared lock on one of the bytes
    /// 123 to 127 of the journal's index (SQLite's WAL file format, §2.2.5).
    ///
    /// - Parameters:
    ///   - inode: the index's (`-shm`).
    ///   - table: `2: POSIX  ADVISORY  READ 1234 fe:01:123456 124 124`.
    static func readers(ofIndex inode: UInt64, in table: String) -> Set<Int32> {
        let locks = table.split(separator: "\n").map { $0.split(separator: " ") }
        let found = locks.filter { fields in
            guard fields.count >= 8, fields[1] == "POSIX", fields[3] == "READ",
                let (first, last) = span(fields[6], fields[7])
            else { return false }
            return fields[5].split(separator: ":").last.flatMap { UInt64($0) } == inode && first <= 127 && last >= 123
        }
        return Set(found.compactMap { Int32($0[4]) })
    }

    /// A lock's first and last byte.
    private static func span(_ first: Substring, _ last: Substring) -> (UInt64, UInt64)? {
        guard let first = UInt64(first), let last = last == "EOF" ? UInt64.max : UInt64(last) else { return nil }
        return (first, last)
    }
}
