// Which users have streams of a topic on one shard, and which of it the book has not heard yet. A value; the shard
// keeps it.

internal import DequeModule

/// One shard's streams, by topic and user.
struct AttendanceTable {
    private struct Entry {
        var streams: Int32 = 0
        /// What the book has heard.
        var isReported = false
        var isQueued = false
    }

    private struct Pair {
        let topic: String
        let user: String
    }

    private var topics: [String: [String: Entry]] = [:]
    /// Of which the book may have heard something else. Each stands here once, however often its user comes and goes.
    private var queue: Deque<Pair> = []
    /// What it takes up.
    private(set) var bytes = 0
    /// How many streams are left out, because there was no room for them.
    var uncounted = 0
    private var reportedUncounted = 0

    var isEmpty: Bool { topics.isEmpty }
    /// Whether the book has heard all.
    var isReported: Bool { queue.isEmpty && uncounted == reportedUncounted }

    /// What a stream would add at most, in the book too.
    static func cost(of user: String, in topics: [String]) -> Int {
        topics.reduce(0) { sum, topic in
            sum + AttendanceCost.tableTopic(topic) + AttendanceCost.tableEntry(user) + AttendanceCost.member(user)
        }
    }

    /// Counts a stream.
    mutating func enter(_ user: String, _ topic: String) {
        if topics[topic] == nil { bytes += AttendanceCost.tableTopic(topic) }
        if topics[topic]?[user] == nil { bytes += AttendanceCost.tableEntry(user) }
        topics[topic, default: [:]][user, default: Entry()].streams += 1
        if topics[topic]?[user]?.streams == 1 { enqueue(user, topic) }
    }

    /// Counts a stream no more.
    mutating func leave(_ user: String, _ topic: String) {
        guard let streams = topics[topic]?[user]?.streams, streams > 0 else { return }
        topics[topic]?[user]?.streams -= 1
        if streams == 1 { enqueue(user, topic) }
    }

    private mutating func enqueue(_ user: String, _ topic: String) {
        guard topics[topic]?[user]?.isQueued == false else { return }
        topics[topic]?[user]?.isQueued = true
        queue.append(Pair(topic: topic, user: user))
    }

    /// Takes out what the book has to hear: who has come or gone since, and not who has done both. It hears of
    /// ``uncounted`` with it.
    ///
    /// - Parameter limit: how much of it at most.
    mutating func takeChanges(limit: Int) -> [AttendanceChange] {
        reportedUncounted = uncounted
        var changes: [AttendanceChange] = []
        for _ in 0..<min(limit, queue.count) {
            let pair = queue.removeFirst()
            guard var entry = topics[pair.topic]?[pair.user] else { continue }
            let isThere = entry.streams > 0
            if isThere != entry.isReported {
                changes.append(AttendanceChange(topic: pair.topic, user: pair.user, isThere: isThere))
            }
            (entry.isReported, entry.isQueued) = (isThere, false)
            if isThere { topics[pair.topic]?[pair.user] = entry } else { forget(pair) }
        }
        // It keeps no room of its worst time.
        if queue.isEmpty { queue = [] }
        return changes
    }

    private mutating func forget(_ pair: Pair) {
        topics[pair.topic]?[pair.user] = nil
        bytes -= AttendanceCost.tableEntry(pair.user)
        guard topics[pair.topic]?.isEmpty == true else { return }
        topics[pair.topic] = nil
        bytes -= AttendanceCost.tableTopic(pair.topic)
    }
}
