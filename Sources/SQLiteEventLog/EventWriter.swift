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
    private let insertEvent: BoundStatement
    private let insertRecipient: BoundStatement
    private let keys: PublishKeyTable
    private let epoch: Epoch
    private let now: WallTime
    /// What the file holds, this transaction's batches included.
    private(set) var tally: LogTally

    init(_ db: Database, tally: LogTally, epoch: Epoch, settings: LogSettings, now: WallTime) throws {
        insertEvent = try BoundStatement(
            db,
            "INSERT INTO event (sequence, audience, name, data, appended_at, expires_at, bytes, total) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        insertRecipient = try BoundStatement(db, "INSERT OR IGNORE INTO recipient (audience, sequence) VALUES (?, ?)")
        keys = try PublishKeyTable(db, settings)
        self.tally = tally
        self.epoch = epoch
        self.now = now
    }

    /// Writes one batch, or finds that it is there already.
    ///
    /// - Parameter shares: whose keys the file has.
    /// - Returns: a failure when the batch itself is wrong: then nothing of it has been written, and the others go on.
    /// - Throws: when the file can't be written: then the transaction has failed, with all its batches.
    mutating func write(_ batch: EventBatch, shares: inout KeyShares) throws -> WrittenBatch {
        guard let key = batch.key else { return try writeNew(batch) }
        let finding: PublishKeyTable.Finding
        do {
            finding = try keys.finding(for: key, in: epoch, now: now)
        } catch let error as EventLogError {
            return WrittenBatch(answer: .failure(error))
        }
        if case .known(let appended) = finding { return WrittenBatch(answer: .success(appended)) }
        let first = tally.head + 1
        let written = try writeNew(batch)
        try keys.insert(first, batch.streamCounts, for: key, in: finding, now: now, shares: &shares)
        return written
    }

    private mutating func writeNew(_ batch: EventBatch) throws -> WrittenBatch {
        let appended = Appended(epoch: epoch, first: tally.head + 1, streamCounts: batch.streamCounts)
        var written = WrittenBatch(answer: .success(appended))
        written.events.reserveCapacity(batch.events.count)
        for event in batch.events { written.events.append(try write(event)) }
        return written
    }

    private mutating func write(_ event: NewEvent) throws -> LoggedEvent {
        let logged = LoggedEvent(event, epoch: epoch, sequence: tally.head + 1, now: now)
        let bytes = Int64(logged.cost)
        insertEvent.bind(logged.sequence, at: 1)
        insertEvent.bind(AudienceText.text(of: event.audience), at: 2)
        insertEvent.bind(event.name?.text, at: 3)
        insertEvent.bind(event.data, at: 4)
        insertEvent.bind(now.milliseconds, at: 5)
        insertEvent.bind(logged.expiresAt?.milliseconds, at: 6)
        insertEvent.bind(bytes, at: 7)
        insertEvent.bind(tally.headTotal + bytes, at: 8)
        try insertEvent.run()
        for key in AudienceText.keys(of: event.audience) {
            insertRecipient.bind(key, at: 1)
            insertRecipient.bind(logged.sequence, at: 2)
            try insertRecipient.run()
        }
        tally.head = logged.sequence
        tally.headTotal += bytes
        return logged
    }
}
