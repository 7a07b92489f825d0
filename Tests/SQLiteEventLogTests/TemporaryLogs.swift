import EventLog
import EventLogPromises
import Foundation
import Synchronization

@testable import SQLiteEventLog

/// Log files in a directory of their own, which goes with the test.
final class TemporaryLogs: Sendable {
    let directory: String
    private let logs = Mutex<[SQLiteEventLog]>([])
    private let pathCount = Atomic<Int>(0)

    private init() throws {
        directory = NSTemporaryDirectory() + "sluice-log-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    /// Runs a test, closes its logs and removes its files.
    static func with<Value>(_ body: (TemporaryLogs) async throws -> Value) async throws -> Value {
        let logs = try TemporaryLogs()
        defer { try? FileManager.default.removeItem(atPath: logs.directory) }
        let result: Result<Value, any Error>
        do { result = .success(try await body(logs)) } catch { result = .failure(error) }
        for log in logs.logs.withLock({ $0 }) { await log.close() }
        return try result.get()
    }

    /// A path where there is no file yet.
    func newPath() -> String {
        "\(directory)/\(pathCount.wrappingAdd(1, ordering: .relaxed).newValue).db"
    }

    /// Opens a log that is closed at the test's end.
    func open(
        _ path: String, _ settings: LogSettings = LogSettings(bytes: 1 << 24),
        _ engine: SQLiteLogSettings = .forTests(), _ clock: ManualClock = ManualClock(), bootID: String? = "boot"
    ) throws(LogFileError) -> SQLiteEventLog {
        let log = try SQLiteEventLog(path: path, settings: settings, engine: engine, bootID: bootID) { clock.now }
        logs.withLock { $0.append(log) }
        return log
    }

    /// The file as the kernel has it, without what only the process knows: what a killed process leaves. Its witness
    /// says of the copy what it says of the file.
    func copyAsKilled(_ path: String) throws -> String {
        let copy = newPath()
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix) }
        try copyWitness(of: path, to: copy)
        return copy
    }

    func copyWitness(of path: String, to copy: String) throws {
        guard let witness = WitnessFile.read(path + "-state") else { return }
        let place = LogPlace(copy)
        let ofCopy = LogWitness(
            use: witness.use, file: place.fileInode, journal: place.journalInode, isInFile: witness.isInFile,
            head: witness.head, isClosed: witness.isClosed)
        try Data(ofCopy.bytes).write(to: URL(fileURLWithPath: copy + "-state"))
    }
}

extension SQLiteLogSettings {
    /// Nothing happens by itself, and nothing waits for a disk that the test does not ask about.
    static func forTests(
        _ durability: Durability = .normal, cacheBytes: Int = 8 << 20, queueBytes: Int = 32 << 20
    ) -> SQLiteLogSettings {
        SQLiteLogSettings(
            durability: durability, cacheBytes: cacheBytes, queueBytes: queueBytes, upkeepInterval: nil,
            lookInterval: nil)
    }
}
