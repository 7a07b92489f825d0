// `sluice log copy`: reads what a stopped gateway's file holds, for another log. The lock keeps gateways from the file
// meanwhile.

package import EventLog
internal import EventStream
internal import GRDB

/// A log's file that no gateway can open, until this is released.
package struct HeldLog: Sendable {
    private let lock: LogFileLock
    private let path: String
    /// What it holds.
    package let extent: LogExtent
    /// What is revoked, the oldest first.
    package let revocations: [Revocation]

    fileprivate init(_ lock: LogFileLock, _ path: String, _ extent: LogExtent, _ revocations: [Revocation]) {
        (self.lock, self.path, self.extent, self.revocations) = (lock, path, extent, revocations)
    }

    /// Lets gateways have the file again.
    package func release() { lock.release() }

    /// A piece of the file's events.
    package struct Piece: Sendable {
        /// Those that have not expired.
        package var events: [NewEvent] = []
        package var expired = 0
        /// The last one's sequence.
        package var position: Position
    }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - position: the last event that was read.
    ///   - limit: how many events the piece has at most.
    ///   - now: an event has what is left of its time to live.
    package func piece(after position: Position, limit: Int, now: WallTime) throws(LogFileError) -> Piece {
        try StoredLog(path: path).read { db in
            let columns = "sequence, audience, name, data, expires_at"
            let request = try LogSchema.hasRequests(db) ? "request" : "NULL"
            let rows = try BoundStatement(
                db, "SELECT \(columns), \(request) FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?")
            defer { rows.reset() }
            rows.bind(position, at: 1)
            rows.bind(Int64(limit), at: 2)
            var piece = Piece(position: position)
            while try rows.step() {
                piece.position = rows.position(0)
                let left = rows.isNull(4) ? nil : (rows.int64(4) - now.milliseconds + 999) / 1000
                if let left, left <= 0 {
                    piece.expired += 1
                } else {
                    piece.events.append(try event(rows, timeToLive: left))
                }
            }
            return piece
        }
    }

    private func event(_ row: BoundStatement, timeToLive: Int64?) throws -> NewEvent {
        let sequence = row.position(0)
        guard let audience = row.text(1).flatMap(AudienceText.audience(from:)) else {
            throw EventLogError.damaged(path, at: sequence)
        }
        var name: EventName?
        if !row.isNull(2) {
            guard let text = row.text(2), let found = try? EventName(text) else {
                throw EventLogError.damaged(path, at: sequence)
            }
            name = found
        }
        return NewEvent(
            audience: audience, name: name, data: row.bytes(3), timeToLive: timeToLive,
            request: row.text(5).flatMap { try? FieldValue($0) })
    }
}

extension StoredLog {
    /// Keeps gateways from the file, and looks at its ends.
    ///
    /// - Throws: ``LogFileError/Code/inUse`` while a gateway has it.
    package func hold() throws(LogFileError) -> HeldLog {
        guard FileIdentity.size(at: path) > 0 else { throw .missing(path) }
        let lock = try LogFileLock(path, makesFile: false)
        do throws(LogFileError) {
            try LogPast(path, wasUsedHere: true).requireOwnJournal()
            let (extent, revocations) = try read { db in
                (try LogTally(db).extent, try version(db) < 3 ? [] : RevocationTable(db, path).all())
            }
            return HeldLog(lock, path, extent, revocations)
        } catch {
            lock.release()
            throw error
        }
    }
}
