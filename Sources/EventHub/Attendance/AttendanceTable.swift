// Which users have streams of a topic on one shard, and which of it the book has not heard yet. A value; the shard
// keeps it.

internal import DequeModule

/// One shard's streams, by topic and user.
struct AttendanceTable {
    private struct Entry {
        var streams: Int32 = 0
        /// What it has brought to ``bytes``: its user's share is used up by so much.
        var brought: Int32 = 0
        /// What the book has heard.
        var isReported = false
        var isQueued = false
    }

    private struct Pair {
        let topic: String
        let user: String
    }

    private struct Topic {
        var users: [String: Entry] = [:]
        /// Whether the book has heard of any of them, and counts the topic by itself.
        var isHeard = false
    }

    private let places: Int
    private var topics: [String: Topic] = [:]
    /// By user: how many bytes it has brought.
    private var users: [String: Int] = [:]
    /// Of which the book may have heard something else. Each stands here once, however often its user comes and goes.
    private var queue: Deque<Pair> = []
    /// What it takes up, and what the book will take up for those that it has not heard of.
    private(set) var bytes = 0
    /// How many streams are left out, because there was no room for them.
    var uncounted = 0
    private var reportedUncounted = 0

    /// - Parameter places: how many the book knows of.
    init(places: Int) { self.places = places }

    var isEmpty: Bool { topics.isEmpty }
    /// Whether the book has heard all.
    var isReported: Bool { queue.isEmpty && uncounted == reportedUncounted }

    /// What ``bytes`` grows by with a stream: by nothing where the user has another one.
    ///
    /// - Parameter topics: of the stream, each once.
    func cost(of user: String, in topics: [String]) -> Int {
        let pairs = topics.reduce(0) { $0 + cost(of: user, in: $1) }
        return pairs == 0 || users[user] != nil ? pairs : pairs + AttendanceCost.tableUser(user)
    }

    /// Whether a user may bring so many bytes more.
    ///
    /// - Parameter share: how many one user may bring.
    func hasRoom(for cost: Int, of user: String, share: Int) -> Bool {
        cost == 0 || users[user, default: 0] + cost <= share
    }

    private func cost(of user: String, in name: String) -> Int {
        let topic = topics[name]
        guard topic?.users[user] == nil else { return 0 }
        let member = AttendanceCost.tableEntry(user) + AttendanceCost.member(user)
        guard topic == nil else { return member }
        return member + AttendanceCost.tableTopic(name) + AttendanceCost.topic(name, places: places)
    }

    /// Counts a stream.
    mutating func enter(_ user: String, _ topic: String) {
        let cost = cost(of: user, in: [topic])
        topics[topic, default: Topic()].users[user, default: Entry()].streams += 1
        if cost > 0 { bring(cost, user, topic) }
        if topics[topic]?.users[user]?.streams == 1 { enqueue(user, topic) }
    }

    private mutating func bring(_ cost: Int, _ user: String, _ topic: String) {
        bytes += cost
        users[user, default: 0] += cost
        topics[topic]?.users[user]?.brought = Int32(clamping: cost)
    }

    /// Counts a stream no more.
    mutating func leave(_ user: String, _ topic: String) {
        guard let streams = topics[topic]?.users[user]?.streams, streams > 0 else { return }
        topics[topic]?.users[user]?.streams -= 1
        if streams == 1 { enqueue(user, topic) }
    }

    private mutating func enqueue(_ user: String, _ topic: String) {
        guard topics[topic]?.users[user]?.isQueued == false else { return }
        topics[topic]?.users[user]?.isQueued = true
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
            guard var entry = topics[pair.topic]?.users[pair.user] else { continue }
            let isThere = entry.streams > 0
            if isThere != entry.isReported {
                changes.append(AttendanceChange(topic: pair.topic, user: pair.user, isThere: isThere))
            }
            if !entry.isReported { handOver(pair, isThere: isThere) }
            (entry.isReported, entry.isQueued) = (isThere, false)
            if isThere { topics[pair.topic]?.users[pair.user] = entry } else { forget(pair) }
        }
        // It keeps no room of its worst time.
        if queue.isEmpty { queue = [] }
        return changes
    }

    /// The book counts by itself what it hears of.
    private mutating func handOver(_ pair: Pair, isThere: Bool) {
        bytes -= AttendanceCost.member(pair.user)
        guard isThere, topics[pair.topic]?.isHeard == false else { return }
        topics[pair.topic]?.isHeard = true
        bytes -= AttendanceCost.topic(pair.topic, places: places)
    }

    private mutating func forget(_ pair: Pair) {
        let entry = topics[pair.topic]?.users.removeValue(forKey: pair.user)
        bytes -= AttendanceCost.tableEntry(pair.user)
        giveBack(Int(entry?.brought ?? 0), pair.user)
        guard let topic = topics[pair.topic], topic.users.isEmpty else { return }
        if !topic.isHeard { bytes -= AttendanceCost.topic(pair.topic, places: places) }
        topics[pair.topic] = nil
        bytes -= AttendanceCost.tableTopic(pair.topic)
    }

    private mutating func giveBack(_ count: Int, _ user: String) {
        let left = users[user, default: 0] - count
        users[user] = left > 0 ? left : nil
        if left <= 0 { bytes -= AttendanceCost.tableUser(user) }
    }
}
