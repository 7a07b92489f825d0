// Reads what a stream missed from one snapshot of the file. It gives the same as `RetainedEvents.read` gives from
// memory.

internal import EventLog
internal import EventStream
internal import GRDB

/// A read that waits for the disk.
struct WaitingRead: Sendable {
    let position: Position
    let interest: Interest
    let byteLimit: Int
    let completion: @Sendable (Result<ReplayStep, EventLogError>) -> Void
}

/// One snapshot of the file.
struct SnapshotReader {
    private let db: Database
    private let event: BoundStatement
    private let epoch: Epoch
    private let path: String
    private let floor: Position
    private let head: Position

    /// - Parameters:
    ///   - db: within a read transaction.
    ///   - hasRequests: whether the file has the requests that events came with.
    ///   - published: the head that the hub knows, read after the snapshot was taken. The tail has not been given later
    ///     events yet.
    init(
        _ db: Database, epoch: Epoch, path: String, hasRequests: Bool, published: () -> Position
    ) throws {
        let ends = try BoundStatement(
            db, "SELECT (SELECT min(sequence) FROM event), (SELECT max(sequence) FROM event)")
        defer { ends.reset() }
        _ = try ends.step()
        floor = ends.isNull(0) ? 0 : ends.position(0) - 1
        head = min(ends.position(1), published())
        let request = hasRequests ? "request" : "NULL"
        event = try BoundStatement(
            db, "SELECT audience, name, data, expires_at, \(request) FROM event WHERE sequence = ?")
        self.db = db
        self.epoch = epoch
        self.path = path
    }

    /// Reads one step.
    func step(for read: WaitingRead, now: WallTime) throws -> ReplayStep {
        let start = min(max(read.position, floor), head)
        var step = ReplayStep(start: start, position: start, reachedHead: false)
        var cursors = try cursors(after: start, for: read.interest)
        defer { for cursor in cursors { cursor.close() } }
        var (bytes, looks) = (0, 0)
        while bytes < read.byteLimit, looks < ReplayStep.lookLimit {
            looks += 1
            guard let sequence = try next(&cursors) else {
                step.position = head
                step.reachedHead = true
                break
            }
            step.position = sequence
            guard let event = try event(at: sequence, now: now) else { continue }
            bytes += event.frame.byteCount
            step.events.append(event)
        }
        return step
    }

    private func cursors(after position: Position, for interest: Interest) throws -> [AudienceCursor] {
        try AudienceText.keys(of: interest).enumerated().map { number, key in
            try AudienceCursor(db, number: number, key: key, after: position, upTo: head)
        }
    }

    /// Takes the lowest of the cursors' sequences. An audience appears under one key of an interest only, so no
    /// sequence stands in two cursors.
    private func next(_ cursors: inout [AudienceCursor]) throws -> Position? {
        var lowest: (cursor: Int, sequence: Position)?
        for (number, cursor) in cursors.enumerated() {
            guard let sequence = cursor.current, sequence < lowest?.sequence ?? .max else { continue }
            lowest = (number, sequence)
        }
        guard let lowest else { return nil }
        try cursors[lowest.cursor].advance()
        return lowest.sequence
    }

    /// - Returns: nil when the event has expired.
    private func event(at sequence: Position, now: WallTime) throws -> LoggedEvent? {
        defer { event.reset() }
        event.bind(sequence, at: 1)
        guard try event.step(), let text = event.text(0), let audience = AudienceText.audience(from: text) else {
            throw EventLogError.damaged(path, at: sequence)
        }
        let expiresAt = event.isNull(3) ? nil : WallTime(milliseconds: event.int64(3))
        if let expiresAt, expiresAt <= now { return nil }
        let frame = EventFrame(
            NewEvent(
                audience: audience, name: try name(of: sequence), data: event.bytes(2),
                request: event.text(4).flatMap { try? FieldValue($0) }),
            id: LoggedEventID(epoch: epoch, sequence: sequence))
        return LoggedEvent(sequence: sequence, audience: audience, frame: frame, expiresAt: expiresAt)
    }

    private func name(of sequence: Position) throws -> EventName? {
        guard !event.isNull(1) else { return nil }
        guard let name = event.text(1).flatMap({ try? EventName($0) }) else {
            throw EventLogError.damaged(path, at: sequence)
        }
        return name
    }
}

/// One audience's sequences, in order.
private struct AudienceCursor {
    private let statement: BoundStatement
    private(set) var current: Position?

    /// - Parameter number: the cursor's number among those that are open together. Each needs a statement of its own,
    ///   and the connection keeps prepared statements by their text, so the texts differ.
    init(_ db: Database, number: Int, key: String, after position: Position, upTo head: Position) throws {
        statement = try BoundStatement(
            db,
            "SELECT sequence FROM recipient WHERE audience = ? AND sequence > ? AND sequence <= ? ORDER BY sequence -- \(number)"
        )
        statement.bind(key, at: 1)
        statement.bind(position, at: 2)
        statement.bind(head, at: 3)
        try advance()
    }

    mutating func advance() throws { current = try statement.step() ? statement.position(0) : nil }

    func close() { statement.reset() }
}
