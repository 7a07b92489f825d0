// `sluice log restore`: puts a copy into the place of a log's file. The file of before stays beside it. What was
// revoked since the copy was made stays revoked.

package import EventLog
internal import Foundation
internal import GRDB
internal import Glibc

extension StoredLog {
    /// What a restore has done.
    package struct Restored: Sendable {
        /// What the log holds now.
        package let extent: LogExtent
        /// Where the file of before is; nil when there was none.
        package let aside: String?
        /// How many revocations of the file of before the log has got beside its own; nil when that could not be read.
        package let carried: Int?
    }

    /// Puts a copy in the file's place. The next start of a gateway begins a new epoch.
    ///
    /// - Parameters:
    ///   - backup: the copy: a file of ``backUp(to:progress:)``, or any log's file. It stays as it is.
    ///   - now: names the file of before.
    /// - Throws: ``LogFileError/Code/inUse`` while a gateway has the file. On any failure the file of before is in its
    ///   place.
    package func restore(
        from backup: String, now: WallTime, progress: @escaping (Progress) -> Void = { _ in }
    ) throws(LogFileError) -> Restored {
        guard FileIdentity(at: backup) != FileIdentity(at: path) || FileIdentity(at: path) == nil else {
            throw LogFileError(.exists, "\(backup) is the log's own file. Name a copy of it.")
        }
        let lock = try LogFileLock(path, makesFile: false)
        defer { lock.release() }
        let owner = FileOwner(of: path)
        owner.take(path + "-lock")
        let draft = try DraftFile(for: path)
        defer { draft.remove() }
        try StoredLog(path: backup).copy(to: draft, progress)
        let (carried, extent) = try finish(draft, backup)
        owner.take(draft.path)
        let aside = try putAside(now, isReadable: carried != nil)
        try draft.replace()
        return Restored(extent: extent, aside: aside, carried: carried)
    }

    /// Has the next start begin a new epoch: for a file that came back together with what lies beside it.
    ///
    /// - Throws: ``LogFileError/Code/inUse`` while a gateway has the file.
    package func forgetLastUse() throws(LogFileError) {
        guard hasFile else { throw .missing(path) }
        let lock = try LogFileLock(path, makesFile: false)
        defer { lock.release() }
        let witness = LogPast.witnessPath(path)
        guard unlink(witness) == 0 || errno == ENOENT else { throw DraftFile.failure(witness, errno) }
    }

    /// Checks the copy, brings it to today's format, and adds what was revoked since.
    private func finish(_ draft: DraftFile, _ backup: String) throws(LogFileError) -> (Int?, LogExtent) {
        let known = hasFile ? (try? read(revocations)) : []
        do throws(LogFileError) {
            return try StoredLog(path: draft.path).upgraded().markAsCopy { db in
                try LogOpening.requireWhole(backup) { try String.fetchOne(db, sql: $0) }
                let table = RevocationTable(db, backup)
                return (try known.map(table.join), try LogTally(db).extent)
            }
        } catch {
            // The copy of the copy goes; the message is about what the operator named.
            throw LogFileError(error.code, error.message.replacingOccurrences(of: draft.path, with: backup))
        }
    }

    private func upgraded() throws(LogFileError) -> StoredLog {
        do {
            let queue = try DatabaseQueue(path: path)
            defer { try? queue.close() }
            try queue.write { db in try LogSchema.upgrade(db, from: try version(db)) }
            return self
        } catch {
            throw LogFileError(error, path: path)
        }
    }

    private func revocations(_ db: Database) throws -> [Revocation] {
        try version(db) < 3 ? [] : RevocationTable(db, path).all()
    }

    private var hasFile: Bool { FileIdentity.size(at: path) > 0 }

    // MARK: The file of before

    /// Gives the file of before another name, with the journal that belongs to it. The file stays under its own name,
    /// too, until the copy takes that, so that a start in between finds no empty place.
    private func putAside(_ now: WallTime, isReadable: Bool) throws(LogFileError) -> String? {
        guard hasFile else {
            moveJournal(to: path + "-wal-old")
            return nil
        }
        if isReadable { flushJournal() }
        let aside = freeName(now)
        guard link(path, aside) == 0 || rename(path, aside) == 0 else { throw DraftFile.failure(aside, errno) }
        moveJournal(to: aside + "-wal")
        return aside
    }

    /// Has SQLite put the journal into the file. Of a damaged file it would throw the journal away.
    private func flushJournal() {
        guard (try? LogPast(path, wasUsedHere: true).requireOwnJournal()) != nil,
            let queue = try? DatabaseQueue(path: path)
        else { return }
        try? queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try? queue.close()
    }

    private func moveJournal(to other: String) {
        if FileIdentity.size(at: path + "-wal") > 0 { _ = rename(path + "-wal", other) }
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    }

    private func freeName(_ now: WallTime) -> String {
        let time = "\(now)".filter { $0 != "-" && $0 != ":" }
        let name = "\(path).before-\(time)"
        let others = (2...).lazy.map { "\(name)-\($0)" }
        return FileIdentity(at: name) == nil ? name : others.first { FileIdentity(at: $0) == nil } ?? name
    }
}

/// Whose a log's files are. The superuser may restore a log of the user that Sluice runs as.
private struct FileOwner {
    private let owner: (user: uid_t, group: gid_t)?

    /// - Parameter path: the log's file; where there is none, its folder tells.
    init(of path: String) {
        var status = stat()
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let isKnown = geteuid() == 0 && (stat(path, &status) == 0 || stat(folder, &status) == 0)
        owner = isKnown ? (status.st_uid, status.st_gid) : nil
    }

    /// Gives them a file.
    func take(_ file: String) {
        if let owner { _ = chown(file, owner.user, owner.group) }
    }
}
