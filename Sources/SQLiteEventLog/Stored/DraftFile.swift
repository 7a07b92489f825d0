// A file that is being made. It has its name only when it is whole and on the disk.

internal import Foundation
internal import Glibc

/// A new file, private, beside the place that it is for.
struct DraftFile {
    let path: String
    let target: String

    /// Makes an empty file (mode 0600).
    init(for target: String) throws(LogFileError) {
        self.target = target
        path = target + ".part-\(getpid())"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        _ = close(descriptor)
    }

    /// Gives it its name, unless there is a file of that name.
    func publish() throws(LogFileError) {
        try sync(path)
        guard link(path, target) == 0 else {
            guard errno != EEXIST else { throw Self.exists(target) }
            throw Self.failure(target, errno)
        }
        remove()
        try sync(folder)
    }

    /// Puts it into the place of another file.
    func replace() throws(LogFileError) {
        try sync(path)
        guard rename(path, target) == 0 else { throw Self.failure(target, errno) }
        try sync(folder)
    }

    func remove() {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }

    private var folder: String { URL(fileURLWithPath: target).deletingLastPathComponent().path }

    private func sync(_ place: String) throws(LogFileError) {
        let descriptor = open(place, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(place, errno) }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure(place, errno) }
    }

    static func exists(_ target: String) -> LogFileError {
        LogFileError(.exists, "\(target) is there already, and nothing is written over. Name another file.")
    }

    static func failure(_ path: String, _ number: CInt) -> LogFileError {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOSPC, EDQUOT: return LogFileError(.full, "There is no room for \(path) (\(reason)).")
        default: return LogFileError(.unavailable, "\(path) can't be made (\(reason)).")
        }
    }
}
