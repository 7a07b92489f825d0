// One transaction's appends. `SQLiteEventLog` decides when, and calls it with what waits.

internal import EventLog
internal import EventStream
internal import GRDB
internal import NIOCore

/// What became of one append: the answer, and the events that are new.
struct WrittenBatch {
    var answer: Result<Appended, EventLogError>
    var events: [LoggedEvent] = []
}

/// Writes batches within one transaction of the writer's connection.
struct EventWriter {
    private let db: Database
    private let insertEvent: BoundStatement
    private let insertRecipient: BoundStatement
    private let keys: PublishKeyTable
    private let hasRequests: Bool
    private let epoch: Epoch
    private let now: WallTime
    /// What the file holds, this transaction's batches included.
    private(set) var tally: LogTally

    /// - Parameter hasRequests: whether the file has room for the requests that events came with.
    init(
        _ db: Database, tally: LogTally, epoch: Epoch, settings: LogSettings, hasRequests: Bool, now: WallTime
    ) throws {
        self.db = db
        self.hasRequests = hasRequests
        let columns = "sequence, audience, name, data, appended_at, expires_at, bytes, total, publisher"
        insertEvent = try BoundStatement(
            db,
            hasRequests
                ? "INSERT INTO event (\(columns), request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                : "INSERT INTO event (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertRecipient = try BoundStatement(db, "INSERT OR IGNORE INTO recipient (audience, sequence) VALUES (?, ?)")
        keys = try PublishKeyTable(db, settings)
        self.tally = tally
        self.epoch = epoch
        self.now = now
    }

    /// Writes one batch, or finds that it is there already.
    ///
    /// - Parameter shares: whose events and keys the file has.
    /// - Returns: a failure when the batch itself is wrong, or more than its publisher's share: then nothing of it has
    ///   been written, and the others go on.
    /// - Throws: when the file can't be written: then the transaction has failed, with all its batches.
    mutating func write(_ batch: EventBatch, shares: inout WriterShares) throws -> WrittenBatch {
        guard let key = batch.key else { return try writeNew(batch, &shares.events) }
        let finding: PublishKeyTable.Finding
        do {
            finding = try keys.finding(for: key, in: epoch, now: now)
        } catch let error as EventLogError {
            return WrittenBatch(answer: .failure(error))
        }
        if case .known(let appended) = finding { return WrittenBatch(answer: .success(appended)) }
        let first = tally.head + 1
        let written = try writeNew(batch, &shares.events)
        guard case .success = written.answer else { return written }
        try keys.insert(first, batch.streamCounts, for: key, in: finding, now: now, shares: &shares.keys)
        return written
    }

    private mutating func writeNew(_ batch: EventBatch, _ shares: inout EventShares) throws -> WrittenBatch {
        let events = batch.events.map {
            LoggedEvent(unplaced: $0, in: epoch, now: now, acceptedAt: batch.acceptedAt)
        }
        let weight = events.reduce(into: LogWeight(events: events.count)) { $0.bytes += $1.cost }
        if let end = try shares.obstacle(to: weight, by: batch.publisher, now: now, db) {
            return WrittenBatch(answer: .failure(.shareFull(until: end, now: now)))
        }
        let publisher = events.isEmpty ? .nobody : shares.publisher(named: batch.publisher)
        let appended = Appended(epoch: epoch, first: tally.head + 1, streamCounts: batch.streamCounts)
        var written = WrittenBatch(answer: .success(appended))
        written.events.reserveCapacity(batch.events.count)
        for (event, unplaced) in zip(batch.events, events) {
            let logged = try write(event, unplaced, by: publisher)
            shares.insert(logged.sequence, bytes: logged.cost, by: publisher)
            written.events.append(logged)
        }
        return written
    }

    private mutating func write(
        _ event: NewEvent, _ unplaced: LoggedEvent, by publisher: LogPublisher
    ) throws -> LoggedEvent {
        var logged = unplaced
        logged.place(at: LoggedEventID(epoch: epoch, sequence: tally.head + 1))
        let bytes = Int64(logged.cost)
        insertEvent.bind(logged.sequence, at: 1)
        insertEvent.bind(AudienceText.text(of: event.audience), at: 2)
        insertEvent.bind(event.name?.text, at: 3)
        insertEvent.bind(event.data, at: 4)
        insertEvent.bind(now.milliseconds, at: 5)
        insertEvent.bind(logged.expiresAt?.milliseconds, at: 6)
        insertEvent.bind(bytes, at: 7)
        insertEvent.bind(tally.headTotal + bytes, at: 8)
        insertEvent.bind(publisher == .nobody ? nil : Int64(publisher.number), at: 9)
        if hasRequests { insertEvent.bind(event.request?.text, at: 10) }
        try insertEvent.run()
        for key in AudienceText.keys(of: event.audience) {
            insertRecipient.bind(key, at: 1)
            insertRecipient.bind(logged.sequence, at: 2)
            try insertRecipient.run()
        }
        if tally.head == tally.floor { tally.oldestAt = now }
        tally.head = logged.sequence
        tally.headTotal += bytes
        return logged
    }
}
