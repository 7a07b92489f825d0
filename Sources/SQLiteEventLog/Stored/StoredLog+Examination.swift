// `sluice log verify`: looks through all of a log's file. Opening looks at less, so that a start is quick.

internal import EventLog
internal import Foundation
internal import GRDB

extension StoredLog {
    /// Looks at everything in one snapshot. A gateway may have the file open. Nothing is changed.
    ///
    /// - Returns: a finding for each thing, in the same order each time.
    /// - Throws: when there is nothing to look at: no file, none of ours, a newer format.
    package func examine() throws(LogFileError) -> [LogFinding] {
        let isInUse = isInUse
        var findings: [LogFinding] = []
        do throws(LogFileError) {
            try read { db in
                let version = try version(db)
                findings += [try format(db), look("structure") { try structure(db) }]
                findings += look("events") { try ContentExamination.findings(in: db) }
                if version >= 5 { findings.append(look("publishers") { try publishers(db) }) }
                findings += [look("epochs") { try epochs(db) }, look("publish keys") { try publishKeys(db) }]
                if version >= 3 { findings.append(look("revocations") { try revocations(db) }) }
                if version >= LogSchema.version { findings.append(look("sessions") { try sessions(db) }) }
                findings.append(look("last use") { try lastUse(db, isInUse: isInUse) })
            }
        } catch {
            // Of a damaged file, SQLite refuses even the end of a transaction that has read.
            guard findings.contains(where: { $0.outcome == .wrong }) else { throw error }
        }
        return findings
    }

    /// What a look throws is a finding, too: others go on.
    private func look(_ subject: String, _ body: () throws -> LogFinding) -> LogFinding {
        do { return try body() } catch { return LogFinding(.wrong, subject, reason(error)) }
    }

    private func look(_ subject: String, _ body: () throws -> [LogFinding]) -> [LogFinding] {
        do { return try body() } catch { return [LogFinding(.wrong, subject, reason(error))] }
    }

    private func reason(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return LogFileError(error, path: path).message }
        return "can't be read (\(error.message ?? "no reason given"), SQLite code \(error.extendedResultCode.rawValue))"
    }

    // MARK: The file

    private func format(_ db: Database) throws -> LogFinding {
        let version = try version(db)
        guard version < LogSchema.version else { return LogFinding(.fine, "format", "\(version), which is today's") }
        return LogFinding(
            .doubtful, "format",
            "\(version), of an older Sluice; the next start brings it to \(LogSchema.version), which older ones can't read: back it up first"
        )
    }

    private func structure(_ db: Database) throws -> LogFinding {
        let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(5)")
        guard found == ["ok"] else {
            let words = found.map { $0.replacingOccurrences(of: "\n", with: " ") }.joined(separator: "; ")
            return LogFinding(.wrong, "structure", words)
        }
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        return LogFinding(.fine, "structure", "all of \(pages) pages are whole, and so are the indexes")
    }

    // MARK: The tables

    private func publishers(_ db: Database) throws -> LogFinding {
        let wrong =
            try Int.fetchOne(
                db,
                sql: """
                    WITH held AS (
                        SELECT publisher AS id, count(*) AS events, sum(bytes) AS bytes FROM event
                        WHERE publisher IS NOT NULL GROUP BY publisher
                    )
                    SELECT count(*) FROM (
                        SELECT id, events, bytes FROM held EXCEPT SELECT id, events, bytes FROM publisher
                        UNION ALL SELECT id, events, bytes FROM publisher EXCEPT SELECT id, events, bytes FROM held
                    )
                    """) ?? 0
        let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM publisher") ?? 0
        return wrong == 0
            ? LogFinding(.fine, "publishers", "the sums of \(count) publishers are those of their events")
            : LogFinding(.wrong, "publishers", "\(wrong) sums are not those of the publishers' events")
    }

    private func epochs(_ db: Database) throws -> LogFinding {
        let rows = try Row.fetchAll(db, sql: "SELECT name, begins_after FROM epoch ORDER BY number")
        let starts = rows.map { $0[1] as Int64 }
        guard let last = rows.last.flatMap({ Epoch($0[0] as String) }),
            !rows.contains(where: { Epoch($0[0] as String) == nil })
        else { return LogFinding(.wrong, "epochs", "there is none, or one has no name") }
        guard starts == starts.sorted(), try Position(clamping: starts.last ?? 0) <= LogTally(db).head else {
            return LogFinding(.wrong, "epochs", "one begins behind the newest event, or before an older one")
        }
        return LogFinding(.fine, "epochs", "\(last) is today's, of \(rows.count) that the file has had")
    }

    private func publishKeys(_ db: Database) throws -> LogFinding {
        let head = try LogTally(db).head
        let (all, wrong) = (
            try Int.fetchOne(db, sql: "SELECT count(*) FROM publish_key") ?? 0,
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM publish_key WHERE first > ? + 1", arguments: [Int64(clamping: head)])
                ?? 0
        )
        return wrong == 0
            ? LogFinding(.fine, "publish keys", "\(all) are known")
            : LogFinding(.wrong, "publish keys", "\(wrong) of \(all) name events that the file has never had")
    }

    private func revocations(_ db: Database) throws -> LogFinding {
        LogFinding(.fine, "revocations", "\(try RevocationTable(db, path).all().count) can be read")
    }

    private func sessions(_ db: Database) throws -> LogFinding {
        LogFinding(.fine, "sessions", "\(try KeptSessionTable(db, path).all().count) can be read")
    }

    // MARK: What the next start makes of it

    private func lastUse(_ db: Database, isInUse: Bool) throws -> LogFinding {
        let head = try LogTally(db).head
        let past = LogPast(path, wasUsedHere: FileIdentity(at: path + "-lock") != nil)
        guard !isInUse else {
            return LogFinding(.fine, "last use", "a gateway has it open; its newest event is \(head)")
        }
        guard try version(db) >= 2 else { return LogFinding(.fine, "last use", "is of a Sluice that told nothing") }
        let last = try LastUse(db)
        let begins = "the next start begins a new epoch, and streams that resume are told of a gap: "
        if last.mayHaveLostEvents(bootID: BootID.current()) {
            return LogFinding(.doubtful, "last use", begins + LogOpening.powerLoss)
        }
        guard case .breaks(let reason) = past.continuity(of: last, head: head) else {
            return LogFinding(.fine, "last use", "the next start goes on under today's epoch")
        }
        return LogFinding(.doubtful, "last use", begins + reason.rawValue)
    }
}
