// The log's file before SQLite opens it: whether it can be made, is ours alone, and is private. Knows nothing of its
// content.

internal import Foundation
internal import Glibc
internal import Synchronization

/// Keeps a log's file to one process: an advisory lock on a file beside it.
///
/// The lock is not on the log's file itself. SQLite holds POSIX locks there, and closing any descriptor of the file
/// drops them.
final class LogFileLock: Sendable {
    private let descriptor: Mutex<CInt?>
    /// Whether the lock's own file was there: then a log has been used here before.
    let wasUsed: Bool

    /// Takes the lock for the log at `path`, and makes the log's file where there is none. The file is private, because
    /// events are.
    ///
    /// - Parameter makesFile: whether the log's file is made.
    init(_ path: String, makesFile: Bool = true) throws(LogFileError) {
        try Self.checkKind(of: path)
        wasUsed = access(path + "-lock", F_OK) == 0
        let descriptor = try Self.descriptor(of: path + "-lock", for: path)
        guard Self.take(descriptor) else {
            _ = close(descriptor)
            throw Self.inUse(path)
        }
        self.descriptor = Mutex(descriptor)
        guard makesFile else { return }
        // SQLite gives the files that it puts beside this one the same mode.
        _ = close(try Self.descriptor(of: path, for: path))
    }

    deinit { release() }

    /// Whoever only looks (``requireFree(_:)``) shares the lock for a moment, so this waits a moment. Whoever uses the
    /// log does not share it.
    private static func take(_ descriptor: CInt) -> Bool {
        for _ in 0..<100 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return false }
            usleep(1000)
        }
        return false
    }

    /// Releases the lock. Its own file stays, because removing it would race with whoever opens it.
    func release() {
        descriptor.withLock { descriptor in
            guard let held = descriptor else { return }
            // Closing is not enough: a child that was just forked has the descriptor, too, and holds the lock by it
            // until it begins its own program.
            _ = flock(held, LOCK_UN)
            _ = close(held)
            descriptor = nil
        }
    }

    private static func inUse(_ path: String) -> LogFileError {
        LogFileError(
            .inUse, "\(path) is in use by another Sluice. Stop that one first, or set log.path to another file.")
    }

    static func checkKind(of path: String) throws(LogFileError) {
        var status = stat()
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw LogFileError(
                .directoryMissing,
                "The directory \(directory) for the event log \(path) does not exist. Create it, owned by the user that Sluice runs as, or correct log.path."
            )
        }
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
        throw LogFileError(
            .notAFile, "log.path is \(path), which is not a regular file. Name a file in that place or in another one.")
    }

    /// Looks whether the lock could be taken. Takes it for that moment only, and shares it with others that look.
    static func requireFree(_ path: String) throws(LogFileError) {
        let descriptor = open(path + "-lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { _ = close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK else { throw inUse(path) }
        _ = flock(descriptor, LOCK_UN)
    }

    /// Looks whether the log's file and its lock can be written or made.
    static func requireAccess(to path: String) throws(LogFileError) {
        for file in [path + "-lock", path] {
            let exists = access(file, F_OK) == 0
            let place = exists ? file : URL(fileURLWithPath: file).deletingLastPathComponent().path
            let mode = exists ? R_OK | W_OK : W_OK | X_OK
            guard faccessat(AT_FDCWD, place, mode, AT_EACCESS) != 0 else { continue }
            throw refusal(of: file, for: path, errno)
        }
    }

    private static func descriptor(of file: String, for path: String) throws(LogFileError) -> CInt {
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor < 0 else { return descriptor }
        throw refusal(of: file, for: path, errno)
    }

    private static func refusal(of file: String, for path: String, _ number: CInt) -> LogFileError {
        let reason = String(cString: strerror(number))
        switch number {
        case EACCES, EPERM, EROFS:
            return LogFileError(
                .notWritable,
                "\(file) can't be written (\(reason)). The user that Sluice runs as must be able to write the event log \(path) and to create files in its directory."
            )
        case ENOSPC, EDQUOT:
            return LogFileError(.full, "There is no room for the event log \(path) (\(reason)). Free some on its disk.")
        default:
            return LogFileError(.unavailable, "The event log \(path) can't be opened: \(file): \(reason).")
        }
    }
}
