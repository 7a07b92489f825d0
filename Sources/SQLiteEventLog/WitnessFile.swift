// The file beside a log's file (`-state`) that keeps its witness. It is written in place, in one piece.

internal import EventLog
internal import Foundation
internal import Glibc
internal import Synchronization

/// Keeps a log's witness.
final class WitnessFile: Sendable {
    private let path: String
    private let state: Mutex<State>
    /// A copy of the descriptor, so that no writer waits for the disk. It is made at once: when it is needed, the
    /// system may have none left.
    private let synced: Mutex<CInt>

    private struct State {
        var descriptor: CInt
        var witness: LogWitness
        var isSynced = true
    }

    /// The witness in a file; nil when there is no file, or no record in it.
    static func read(_ path: String) -> LogWitness? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return LogWitness([UInt8](data))
    }

    /// Makes the file where there is none, writes `witness`, and syncs it.
    init(_ path: String, _ witness: LogWitness) throws(EventLogError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else {
            let number = errno
            _ = Self.close(descriptor)
            throw Self.failure(path, number)
        }
        self.path = path
        state = Mutex(State(descriptor: descriptor, witness: witness))
        synced = Mutex(copy)
        try write(witness)
        try sync()
        Self.syncFolder(of: path)
    }

    deinit { close() }

    func close() {
        state.withLock { state in
            if state.descriptor >= 0 { _ = Self.close(state.descriptor) }
            state.descriptor = -1
        }
        synced.withLock { descriptor in
            if descriptor >= 0 { _ = Self.close(descriptor) }
            descriptor = -1
        }
    }

    /// Records that events up to `head` may be known. This is not synced: the kernel keeps it when the process ends.
    func update(head: Position) throws(EventLogError) {
        var witness = state.withLock { $0.witness }
        guard witness.head != head else { return }
        witness.head = head
        try write(witness)
    }

    /// Writes the record again, to find out whether the file can be written.
    func rewrite() throws(EventLogError) { try write(state.withLock { $0.witness }) }

    /// Records that the log is closed, with `head` as its newest event.
    func finish(head: Position) throws(EventLogError) {
        var witness = state.withLock { $0.witness }
        witness.head = head
        witness.isClosed = true
        try write(witness)
        try sync()
    }

    /// Syncs the file.
    func sync() throws(EventLogError) {
        let isDue = state.withLock { state in
            defer { state.isSynced = true }
            return !state.isSynced
        }
        guard isDue else { return }
        let number = synced.withLock { $0 < 0 || fdatasync($0) == 0 ? 0 : errno }
        guard number != 0 else { return }
        state.withLock { $0.isSynced = false }
        throw Self.failure(path, number)
    }

    private func write(_ witness: LogWitness) throws(EventLogError) {
        let number: CInt = state.withLock { state in
            let count = witness.bytes.withUnsafeBytes { pwrite(state.descriptor, $0.baseAddress, $0.count, 0) }
            guard count == LogWitness.byteCount else { return count < 0 ? errno : EIO }
            state.witness = witness
            state.isSynced = false
            return 0
        }
        guard number == 0 else { throw Self.failure(path, number) }
    }

    /// Syncs the directory, so that the file's name survives a power loss, too.
    private static func syncFolder(of path: String) {
        let folder = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        _ = fsync(folder)
        _ = close(folder)
    }

    private static func failure(_ path: String, _ number: CInt) -> EventLogError {
        .failedWrite(path, "\(String(cString: strerror(number))), errno \(number)", errno: number)
    }

    /// The C function; a method here has the same name.
    private static func close(_ descriptor: CInt) -> CInt { Glibc.close(descriptor) }
}
