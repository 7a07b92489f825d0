// `sluice log backup`: copies a log's file as it is at one moment, while a gateway goes on writing it. The copy is a
// single file that says of itself that it is one: wherever it is opened, a new epoch begins.

package import EventLog
internal import GRDB

extension StoredLog {
    /// Copies the file. Its gateway goes on; what it writes meanwhile is not in the copy, and stays in its journal
    /// until the copy is made.
    ///
    /// - Parameters:
    ///   - target: the copy, mode 0600. There must be no such file.
    ///   - progress: told now and then how far it is.
    /// - Returns: what the copy holds.
    package func backUp(
        to target: String, progress: @escaping (Progress) -> Void = { _ in }
    ) throws(LogFileError) -> LogExtent {
        guard FileIdentity(at: target) == nil else { throw DraftFile.exists(target) }
        let draft = try DraftFile(for: target)
        defer { draft.remove() }
        try copy(to: draft, progress)
        let extent = try StoredLog(path: draft.path).markAsCopy { try LogTally($0).extent }
        try draft.publish()
        return extent
    }

    /// Copies the pages, all from one snapshot.
    func copy(to draft: DraftFile, _ progress: @escaping (Progress) -> Void) throws(LogFileError) {
        try open { source in
            var configuration = Configuration()
            // Nobody needs the copy before it is whole. It is synced then.
            configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
            do {
                let copy = try DatabaseQueue(path: draft.path, configuration: configuration)
                defer { try? copy.close() }
                let pageBytes = try source.read { try Int.fetchOne($0, sql: "PRAGMA page_size") ?? 0 }
                try source.backup(to: copy, pagesPerStep: Self.pagesPerStep) { step in
                    progress(
                        Progress(
                            doneBytes: step.completedPageCount * pageBytes, allBytes: step.totalPageCount * pageBytes))
                }
            } catch {
                throw LogFileError(error, path: draft.path)
            }
        }
    }

    /// 4 MiB, after which there is progress to show.
    private static let pagesPerStep: CInt = 1024

    /// Makes a copy a single file, and has it say that it is a copy, in one transaction with `body`.
    func markAsCopy<Value>(_ body: (Database) throws -> Value) throws(LogFileError) -> Value {
        do {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            return try queue.writeWithoutTransaction { db in
                // A file in WAL mode needs others beside it even to be read.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                var value: Value?
                try db.inTransaction {
                    try Self.mark(db, version: try version(db))
                    value = try body(db)
                    return .commit
                }
                guard let value else { throw LogFileError.corrupt(path, "it can't be changed") }
                return value
            }
        } catch {
            throw LogFileError(error, path: path)
        }
    }

    /// Gives the copy a use that no witness names. The format before 2 has none.
    private static func mark(_ db: Database, version: Int) throws {
        guard version >= 2 else { return }
        var random = SystemRandomNumberGenerator()
        let last = try LastUse(db)
        try LastUse(durability: last.durability, wasClosed: true, bootID: nil, use: UseID(using: &random)).write(db)
    }
}
