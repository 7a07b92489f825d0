// Measures the event logs by themselves, without TLS and HTTP: what a replay costs as the log grows, and how many
// events a second are safe. `make bench-log` runs it as a release and prints tables in Markdown.

import EventLog
import Foundation
import MemoryEventLog
import SQLiteEventLog

@main struct LogBench {
    static func main() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-log-bench-\(UUID().uuidString)")
        let place = ProcessInfo.processInfo.environment["LOG_BENCH_FOLDER"].map { URL(filePath: $0) } ?? folder
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await ReplayBench(folder: place).run()
        try await AppendBench(folder: place).run()
    }
}

/// The logs that are measured.
enum Engine: CaseIterable {
    case memory
    case sqliteNormal
    case sqliteFull

    var name: String {
        switch self {
        case .memory: "memory"
        case .sqliteNormal: "SQLite, normal"
        case .sqliteFull: "SQLite, full"
        }
    }

    /// An empty log with room for everything that is measured.
    ///
    /// - Parameter cacheBytes: what an SQLite log may hold in memory.
    func open(in folder: URL, cacheBytes: Int = 8 << 20) throws -> any EventLog {
        let settings = LogSettings(bytes: 64 << 30, events: 1_000_000_000)
        let clock: @Sendable () -> WallTime = {
            WallTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        }
        guard self != .memory else {
            return MemoryEventLog(epoch: SQLiteEventLog.randomEpoch(), settings: settings, clock: clock)
        }
        return try SQLiteEventLog(
            path: folder.appending(path: "\(UUID().uuidString).db").path, settings: settings,
            engine: SQLiteLogSettings(durability: self == .sqliteFull ? .full : .normal, cacheBytes: cacheBytes),
            clock: clock)
    }
}
