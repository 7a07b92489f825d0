// Who is connected, over all shards. It serves the limits across shards, a publisher's `streams` count, and the choice
// of the shards that an event wakes. It is not on the way of an event to a stream.

internal import EventLog

/// Counts the streams of the whole process by user and topic. A value; the hub guards it.
struct Presence {
    /// How many streams there are, and which shards have some of them.
    private struct Entry {
        var streams = 0
        /// A user's place in the order of users. It stands here because the set's alignment leaves it room.
        var number: UInt64 = 0
        var shards = ShardSet()
    }

    private var everyone = Entry()
    private var users: [String: Entry] = [:]
    /// The users who have streams, as they came.
    private var arrivals = ArrivalOrder<String>()
    private var topics: [String: Entry] = [:]
    /// Lower limits hold for streams that come from here on.
    var limits: StreamLimits
    /// What other nodes have to be told; nothing where there are none.
    private var changed: ChangedNames?

    /// - Parameter notesChanges: whether somebody asks for ``takeChanges(limit:)``.
    init(limits: StreamLimits, notesChanges: Bool = false) {
        self.limits = limits
        if notesChanges { changed = ChangedNames() }
    }

    /// Counts a new stream, or says which limit it would break.
    ///
    /// - Parameter elsewhere: how many streams the user has at other nodes.
    mutating func admit(_ interest: Interest, shard: Int, elsewhere: Int = 0) throws(AdmissionRefusal) {
        try check(interest, elsewhere: elsewhere)
        changed?.note(interest)
        Self.add(to: &everyone, shard)
        add(interest.user, shard)
        for topic in interest.topics { Self.add(to: &topics[topic, default: Entry()], shard) }
    }

    /// Notes again that a shard has a stream that was counted: another one that has gone may have seemed its last.
    mutating func mark(_ interest: Interest, shard: Int) {
        everyone.shards.insert(shard)
        users[interest.user]?.shards.insert(shard)
        for topic in interest.topics { topics[topic]?.shards.insert(shard) }
    }

    /// Counts a stream that is gone. `remaining` is what its shard still has.
    mutating func release(_ interest: Interest, shard: Int, remaining: ShardRemainder) {
        changed?.note(interest)
        Self.remove(from: &everyone, shard, isLast: remaining.isEmpty)
        remove(interest.user, shard, isLast: remaining.user == 0)
        for (topic, count) in zip(interest.topics, remaining.topics) {
            Self.remove(topic, from: &topics, shard, isLast: count == 0)
        }
    }

    /// How many streams an event for `audience` is for.
    func streamCount(for audience: Audience) -> Int {
        switch audience {
        case .user(let user): users[user]?.streams ?? 0
        case .users(let names): names.reduce(0) { $0 + (users[$1]?.streams ?? 0) }
        case .topic(let topic): topics[topic]?.streams ?? 0
        case .everyone: everyone.streams
        }
    }

    /// Which shards have a stream that an event for `audience` is for.
    func shards(for audience: Audience) -> ShardSet {
        switch audience {
        case .user(let user): users[user]?.shards ?? ShardSet()
        case .users(let names): names.reduce(into: ShardSet()) { $0.formUnion(users[$1]?.shards ?? ShardSet()) }
        case .topic(let topic): topics[topic]?.shards ?? ShardSet()
        case .everyone: everyone.shards
        }
    }

    /// Some of the users who have streams; see ``EventHub/users(after:limit:)``.
    func users(after number: UInt64, limit: Int) -> [ConnectedUser] {
        arrivals.page(after: number, limit: limit).map { number, name in
            ConnectedUser(number: number, name: name, streams: users[name]?.streams ?? 0)
        }
    }

    /// What has changed since the last time, so many names at most.
    mutating func takeChanges(limit: Int) -> [PresenceChange] {
        (changed?.take(limit: limit) ?? []).map { kind, name in
            let entry = kind == .user ? users[name] : topics[name]
            return PresenceChange(kind, name, streams: entry?.streams ?? 0)
        }
    }

    // MARK: Entries

    private func check(_ interest: Interest, elsewhere: Int) throws(AdmissionRefusal) {
        guard interest.topics.count <= limits.topicsPerStream else {
            throw .topicsPerStream(limit: limits.topicsPerStream)
        }
        guard (users[interest.user]?.streams ?? 0) + elsewhere < limits.streamsPerUser else {
            throw .streamsPerUser(limit: limits.streamsPerUser)
        }
        guard everyone.streams < limits.streams else { throw .streams(limit: limits.streams) }
    }

    private mutating func add(_ user: String, _ shard: Int) {
        Self.add(user, to: &users[user, default: Entry()], &arrivals, shard)
    }

    private static func add(
        _ user: String, to entry: inout Entry, _ arrivals: inout ArrivalOrder<String>, _ shard: Int
    ) {
        if entry.streams == 0 { entry.number = arrivals.append(user) }
        add(to: &entry, shard)
    }

    private mutating func remove(_ user: String, _ shard: Int, isLast: Bool) {
        guard let index = users.index(forKey: user) else { return }
        Self.remove(from: &users.values[index], shard, isLast: isLast)
        guard users.values[index].streams == 0 else { return }
        arrivals.remove(users.values[index].number)
        users.remove(at: index)
    }

    private static func add(to entry: inout Entry, _ shard: Int) {
        entry.streams += 1
        entry.shards.insert(shard)
    }

    private static func remove(from entry: inout Entry, _ shard: Int, isLast: Bool) {
        entry.streams -= 1
        if isLast { entry.shards.remove(shard) }
    }

    private static func remove(_ name: String, from entries: inout [String: Entry], _ shard: Int, isLast: Bool) {
        guard var entry = entries[name] else { return }
        remove(from: &entry, shard, isLast: isLast)
        entries[name] = entry.streams == 0 ? nil : entry
    }
}

/// How many streams a shard still has for the audiences of a stream that left it.
struct ShardRemainder: Sendable, Equatable {
    let isEmpty: Bool
    let user: Int
    /// One count per topic of the stream's interest, in its order.
    let topics: [Int]

    init(isEmpty: Bool, user: Int, topics: [Int]) {
        self.isEmpty = isEmpty
        self.user = user
        self.topics = topics
    }
}

/// A set of shard numbers, one bit each.
struct ShardSet: Sendable, Equatable {
    /// The most shards that a hub can have: more event loops than any machine of today needs.
    static let capacity = 256
    private var words: SIMD4<UInt64> = .zero

    init() {}

    mutating func insert(_ shard: Int) { words[shard / 64] |= 1 << UInt64(shard % 64) }
    mutating func remove(_ shard: Int) { words[shard / 64] &= ~(1 << UInt64(shard % 64)) }
    func contains(_ shard: Int) -> Bool { words[shard / 64] & 1 << UInt64(shard % 64) != 0 }
    mutating func formUnion(_ other: ShardSet) { words |= other.words }
}
