// The publish keys that a log in memory knows: a value, told the time.

internal import DequeModule

/// Which batches are in the log already, by their publishers' keys.
package struct PublishRecords {
    private struct Name: Hashable {
        let publisher: String
        let key: String
    }

    private struct Record {
        let digest: [UInt8]
        let appended: Appended
        let expiresAt: WallTime
    }

    private var records: [Name: Record] = [:]
    /// In the order of their ends, since all are known for the same time.
    private var names: Deque<Name> = []
    private let seconds: Int64
    private let limit: Int

    /// - Parameters:
    ///   - seconds: for how long a key is known.
    ///   - limit: how many are.
    package init(seconds: Int64, limit: Int) {
        self.seconds = seconds
        self.limit = limit
    }

    package var count: Int { records.count }

    /// What the log did with the key's batch; nothing for a key that is not known.
    ///
    /// - Throws: ``EventLogError/Code/keyReused`` when that batch was another.
    package func answer(to key: PublishKey, now: WallTime) throws(EventLogError) -> Appended? {
        guard let record = records[Name(publisher: key.publisher, key: key.key)], now < record.expiresAt else {
            return nil
        }
        guard record.digest == key.digest else { throw .keyReused }
        return Appended(
            first: record.appended.first, streamCounts: record.appended.streamCounts, isRepeat: true)
    }

    /// Remembers what became of a key's batch, and forgets what is too old or too much.
    package mutating func insert(_ appended: Appended, for key: PublishKey, now: WallTime) {
        forget(now)
        let name = Name(publisher: key.publisher, key: key.key)
        // Its end has come, but a clock that was set back keeps it in line: one key has one place.
        if records[name] != nil { names.removeAll { $0 == name } }
        records[name] = Record(digest: key.digest, appended: appended, expiresAt: now.adding(seconds: seconds))
        names.append(name)
        while names.count > limit { forgetOldest() }
    }

    private mutating func forget(_ now: WallTime) {
        while let oldest = names.first, let record = records[oldest], record.expiresAt <= now { forgetOldest() }
    }

    private mutating func forgetOldest() {
        if let name = names.popFirst() { records[name] = nil }
    }
}

extension EventLogError {
    /// The same key for another request.
    package static let keyReused = EventLogError(
        .keyReused,
        "This Idempotency-Key was used for a request with another body. Use a new key for each request, and the same key only to repeat one."
    )
}
