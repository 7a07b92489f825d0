// A log's file as an operator's commands work on it, beside a gateway that has it open, or without one. Each command is
// an extension in a file of its own.

internal import EventLog
internal import Foundation
internal import GRDB
internal import Glibc

/// The file of a log, for backups and the like.
package struct StoredLog: Sendable {
    let path: String

    package init(path: String) { self.path = path }

    /// How far a command is that goes through a whole file.
    package struct Progress: Sendable, Equatable {
        package let doneBytes: Int
        package let allBytes: Int
    }

    /// Whether a gateway has the file open.
    package var isInUse: Bool {
        do throws(LogFileError) {
            try LogFileLock.requireFree(path)
            return false
        } catch {
            return true
        }
    }

    /// Opens the file to read it. A gateway may have it open, and may be writing.
    func open<Value>(_ body: (DatabaseQueue) throws -> Value) throws(LogFileError) -> Value {
        do {
            try requireReadable()
            if !isInUse { try LogPast(path, wasUsedHere: true).requireOwnJournal() }
            let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            defer { try? queue.close() }
            try queue.read { db in _ = try version(db) }
            return try body(queue)
        } catch {
            throw LogFileError(error, path: path)
        }
    }

    /// Reads one snapshot of the file.
    func read<Value>(_ body: (Database) throws -> Value) throws(LogFileError) -> Value {
        try open { try $0.read(body) }
    }

    /// The file's format.
    ///
    /// - Throws: when it is none of ours, or newer.
    func version(_ db: Database) throws -> Int {
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        try LogSchema.requireOurs(application: application, version: version, path)
        return version
    }

    private func requireReadable() throws(LogFileError) {
        try LogFileLock.checkKind(of: path)
        guard access(path, F_OK) == 0 else { throw .missing(path) }
        guard access(path, R_OK) == 0 else { throw .unreadable(path) }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "event-log.command"
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA mmap_size = 0") }
        return configuration
    }
}

extension LogFileError {
    static func missing(_ path: String) -> LogFileError {
        LogFileError(.missing, "There is no event log at \(path). Name the file that the gateway has as log.path.")
    }

    static func unreadable(_ path: String) -> LogFileError {
        LogFileError(
            .unavailable, "\(path) can't be read by this user. Run the command as the user that Sluice runs as.")
    }
}
