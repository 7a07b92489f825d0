// The file beside a log's file (`-state`) that keeps its witness. It is written in place, in one piece.

internal import EventLog
internal import Foundation
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Keeps a log's witness.
final class WitnessFile: Sendable {
    private let path: String
    private let state: Mutex<State>

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
        self.path = path
        state = Mutex(State(descriptor: descriptor, witness: witness))
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
        // Uses a copy of the descriptor, so that no writer waits for the disk.
        let copy: CInt? = state.withLock { state in
            guard !state.isSynced, state.descriptor >= 0 else { return nil }
            state.isSynced = true
            return dup(state.descriptor)
        }
        guard let copy else { return }
        defer { _ = Self.close(copy) }
        guard fdatasync(copy) != 0 else { return }
        let number = errno
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
    private static func close(_ descriptor: CInt) -> CInt {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #elseif canImport(Musl)
            Musl.close(descriptor)
        #endif
    }
}
