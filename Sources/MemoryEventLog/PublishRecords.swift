// The publish keys that a log in memory knows: a value, told the time. Whose go when there are too many is
// `PublishKeyShares`' matter.

internal import EventLog

/// Which batches are in the log already, by their publishers' keys.
struct PublishRecords {
    private struct Name: Hashable {
        let publisher: String
        let key: String
    }

    private struct Record {
        let number: Int64
        let answer: PackedAnswer
        let first: Position
        let expiresAt: WallTime
    }

    private var records: [Name: Record] = [:]
    /// By the keys' numbers, which are given in the order of their ends, since all are known for the same time.
    private var names: [Int64: Name] = [:]
    private var shares: PublishKeyShares
    /// No key has a lower number.
    private var oldest: Int64 = 1
    private var newest: Int64 = 0
    private let seconds: Int64
    private var evicted = 0

    /// - Parameters:
    ///   - seconds: for how long a key is known.
    ///   - keys: how many are.
    ///   - bytes: what they may count for together.
    init(seconds: Int64, keys: Int, bytes: Int) {
        self.seconds = seconds
        shares = PublishKeyShares(keys: keys, bytes: bytes)
    }

    /// How many keys there are, and what they are counted as.
    var tally: PublishKeyTally {
        PublishKeyTally(count: records.count, byteCount: shares.byteCount, evicted: evicted)
    }

    /// What the log did with the key's batch; nothing for a key that is not known.
    ///
    /// - Throws: ``EventLogError/Code/keyReused`` when that batch was another.
    func answer(to key: PublishKey, in epoch: Epoch, now: WallTime) throws(EventLogError) -> Appended? {
        guard let record = records[Name(publisher: key.publisher, key: key.key)], now < record.expiresAt else {
            return nil
        }
        guard record.answer.isOf(key.digest) else { throw .keyReused }
        return Appended(
            epoch: epoch, first: record.first, streamCounts: record.answer.streamCounts, isRepeat: true)
    }

    /// Remembers what became of a key's batch, and forgets what is too old or too much.
    ///
    /// - Parameters:
    ///   - first: the sequence of the batch's first event.
    ///   - streamCounts: one per event.
    mutating func insert(_ first: Position, _ streamCounts: [Int], for key: PublishKey, now: WallTime) {
        forgetExpired(now)
        let name = Name(publisher: key.publisher, key: key.key)
        // Its end has come, but a clock that was set back keeps it in line: one key has one place.
        if let earlier = records[name] {
            shares.remove(earlier.number, of: name.publisher)
            forget(earlier.number)
        }
        newest += 1
        let answer = PackedAnswer(digest: key.digest, streamCounts: streamCounts)
        records[name] = Record(
            number: newest, answer: answer, first: first, expiresAt: now.adding(seconds: seconds))
        names[newest] = name
        let cost = PublishKeyShares.cost(
            publisherBytes: name.publisher.utf8.count, keyBytes: name.key.utf8.count, answerBytes: answer.cost)
        for number in shares.insert(newest, of: name.publisher, cost: cost) {
            forget(number)
            evicted += 1
        }
    }

    private mutating func forgetExpired(_ now: WallTime) {
        while oldest <= newest {
            if let name = names[oldest], let record = records[name] {
                guard record.expiresAt <= now else { return }
                shares.remove(oldest, of: name.publisher)
                forget(oldest)
            }
            oldest += 1
        }
    }

    private mutating func forget(_ number: Int64) {
        if let name = names.removeValue(forKey: number) { records[name] = nil }
    }
}
