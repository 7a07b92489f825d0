// Whether the open files are still the ones at their paths. What is written to a removed file is gone with the process.
// What is written to a moved file is not found by the next start.

internal import EventLog
internal import Glibc

/// Which file is at a path.
struct FileIdentity: Sendable, Equatable {
    let device: UInt64
    let inode: UInt64

    init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    /// Nil when there is no file, or no way to it.
    init?(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// The size of the file at a path, 0 for none.
    static func size(at path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

/// The files of an open log.
struct LogPlace: Sendable {
    /// The log's file and its journal: both are needed to find again what was written. The journal's index (`-shm`) can
    /// be made again from it.
    static let suffixes = ["", "-wal"]

    private let files: [(path: String, expected: FileIdentity?)]

    /// Remembers which files are there now.
    init(_ path: String, look: (String) -> FileIdentity? = FileIdentity.init(at:)) {
        files = Self.suffixes.map { (path + $0, look(path + $0)) }
    }

    var fileInode: UInt64 { files[0].expected?.inode ?? 0 }
    var journalInode: UInt64 { files[1].expected?.inode ?? 0 }

    /// Checks that all of them are still there.
    ///
    /// - Throws: ``EventLogError/Code/moved``.
    func check(look: (String) -> FileIdentity? = FileIdentity.init(at:)) throws(EventLogError) {
        for file in files {
            let found = look(file.path)
            guard found != file.expected else { continue }
            throw .moved(file.path, isGone: found == nil)
        }
    }
}
