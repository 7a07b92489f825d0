// Whose publish key is forgotten when there are too many: a value for every engine. What a key stands for is the
// engine's.

internal import HeapModule

/// The publish keys of all publishers, counted in bytes, so that no publisher can have another's forgotten by making
/// many.
///
/// When there are too many, the publisher with the most bytes loses its own oldest. Publishers within a factor of two
/// count as having equally much, and of those the one with the oldest key loses it: so of n publishers each is sure of
/// half of an n-th, and as long as all have about as much, keys go in the order of their age.
package struct PublishKeyShares: Sendable {
    /// How many keys there are, and what they count for.
    package private(set) var count = 0
    package private(set) var byteCount = 0
    /// Grows with every change.
    package private(set) var changes: UInt64 = 0
    private var limit: Limit
    private var holders: [String: Holder] = [:]
    /// Who has the most, among entries of before: one that says nothing true any more is passed over.
    private var ranking: Heap<Rank> = []

    private struct Limit: Sendable {
        let keys: Int
        let bytes: Int
    }

    private struct Key: BitwiseCopyable, Sendable {
        let number: Int64
        let cost: Int
    }

    private struct Holder: Sendable {
        var keys = CompactQueue<Key>()
        var byteCount = 0
    }

    /// How near a publisher is to losing a key; the highest loses first.
    private struct Rank: Comparable, Sendable {
        let publisher: String
        /// The number of its bytes' binary digits.
        let size: Int
        let oldest: Int64

        static func < (left: Rank, right: Rank) -> Bool {
            (left.size, right.oldest) < (right.size, left.oldest)
        }
    }

    /// What a key takes up beside its texts and its answer: its record, its places in the tables and in its publisher's
    /// queue.
    package static let overhead = 640

    /// - Parameters:
    ///   - keys: how many keys there may be.
    ///   - bytes: what they may count for together.
    package init(keys: Int, bytes: Int) {
        limit = Limit(keys: keys, bytes: bytes)
    }

    /// Changes the limits, which hold from the next key on.
    package mutating func limit(keys: Int, bytes: Int) {
        limit = Limit(keys: keys, bytes: bytes)
    }

    /// What a key counts for, in bytes.
    ///
    /// - Parameter answerBytes: what is kept with it.
    package static func cost(publisherBytes: Int, keyBytes: Int, answerBytes: Int) -> Int {
        overhead + EventCost.bytes(ofText: publisherBytes) + EventCost.bytes(ofText: keyBytes) + answerBytes
    }

    /// Counts a new key in.
    ///
    /// - Parameters:
    ///   - number: the key's, higher than those of the keys before.
    ///   - publisher: whose it is.
    ///   - cost: see ``cost(publisherBytes:keyBytes:answerBytes:)``.
    /// - Returns: the keys that are to be forgotten now. The new one is none of them, even if it alone is too large.
    package mutating func insert(_ number: Int64, of publisher: String, cost: Int) -> [Int64] {
        let before = rank(of: publisher)
        holders[publisher, default: Holder()].keys.append(Key(number: number, cost: cost))
        holders[publisher]?.byteCount += cost
        changed(by: 1, cost)
        rerank(publisher, before: before)
        var forgotten: [Int64] = []
        while count > limit.keys || byteCount > limit.bytes, let loser = loser(sparing: number) {
            forgotten.append(loser.oldest)
            remove(loser.oldest, of: loser.publisher)
        }
        return forgotten
    }

    /// Counts a key out.
    package mutating func remove(_ number: Int64, of publisher: String) {
        let before = rank(of: publisher)
        guard let key = holders[publisher]?.keys.removeFirst(where: { $0.number == number }) else { return }
        holders[publisher]?.byteCount -= key.cost
        if holders[publisher]?.keys.isEmpty ?? false { holders[publisher] = nil }
        changed(by: -1, -key.cost)
        rerank(publisher, before: before)
    }

    private mutating func changed(by keys: Int, _ bytes: Int) {
        count += keys
        byteCount += bytes
        changes += 1
    }

    // MARK: The ranking

    private func rank(of publisher: String) -> Rank? {
        guard let holder = holders[publisher], let oldest = holder.keys.first else { return nil }
        return Rank(
            publisher: publisher, size: Int.bitWidth - holder.byteCount.leadingZeroBitCount, oldest: oldest.number)
    }

    private mutating func rerank(_ publisher: String, before: Rank?) {
        guard let rank = rank(of: publisher), rank != before else { return }
        ranking.insert(rank)
        guard ranking.count > 2 * holders.count + 64 else { return }
        ranking = Heap(holders.keys.compactMap(rank(of:)))
    }

    private mutating func loser(sparing number: Int64) -> Rank? {
        var spared: Rank?
        defer { if let spared { ranking.insert(spared) } }
        while let highest = ranking.popMax() {
            guard rank(of: highest.publisher) == highest else { continue }
            guard highest.oldest == number else { return highest }
            spared = highest
        }
        return nil
    }
}
