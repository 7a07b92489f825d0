// Which of a shard's streams an event is for, in the time it takes to visit them.

internal import EventLog

/// The streams of one shard, by audience. Streams join and leave in constant time, whatever the size of their topics.
struct ShardIndex {
    private(set) var everyone = Roster()
    private var users: [String: Roster] = [:]
    private var topics: [String: Roster] = [:]

    /// A stream's places in its rosters, so that leaving needs no search.
    struct Places {
        fileprivate var everyone = 0
        fileprivate var user = 0
        /// In the order of the interest's topics.
        fileprivate var topics: [Int] = []
    }

    /// Streams in no particular order.
    typealias Roster = ContiguousArray<HubStream>

    mutating func insert(_ stream: HubStream) {
        let interest = stream.interest
        stream.places.everyone = Self.join(&everyone, stream)
        stream.places.user = Self.join(&users[interest.user, default: []], stream)
        stream.places.topics = interest.topics.map { Self.join(&topics[$0, default: []], stream) }
    }

    /// Takes a stream out. Returns what is left of its audiences here.
    mutating func remove(_ stream: HubStream) -> ShardRemainder {
        let interest = stream.interest
        if let moved = Self.leave(&everyone, stream.places.everyone) { moved.places.everyone = stream.places.everyone }
        let user = Self.leave(interest.user, in: &users, stream.places.user) { $0.places.user = stream.places.user }
        let remaining = zip(interest.topics, stream.places.topics).map { topic, place in
            Self.leave(topic, in: &topics, place) { moved in
                guard let number = moved.interest.topics.firstIndex(of: topic) else { return }
                moved.places.topics[number] = place
            }
        }
        return ShardRemainder(isEmpty: everyone.isEmpty, user: user, topics: remaining)
    }

    /// The streams of a single audience.
    func streams(for audience: Audience) -> Roster {
        switch audience {
        case .everyone: everyone
        case .user(let name): users[name] ?? []
        case .topic(let topic): topics[topic] ?? []
        case .users(let names): Roster(names.lazy.compactMap { users[$0] }.joined())
        }
    }

    // MARK: Rosters

    private static func join(_ roster: inout Roster, _ stream: HubStream) -> Int {
        roster.append(stream)
        return roster.count - 1
    }

    /// The last one takes the place of the one that leaves, and is returned so that it can be told.
    private static func leave(_ roster: inout Roster, _ place: Int) -> HubStream? {
        let last = roster.removeLast()
        guard place < roster.count else { return nil }
        roster[place] = last
        return last
    }

    private static func leave(
        _ name: String, in rosters: inout [String: Roster], _ place: Int, moved: (HubStream) -> Void
    ) -> Int {
        guard let index = rosters.index(forKey: name) else { return 0 }
        if let stream = leave(&rosters.values[index], place) { moved(stream) }
        let remaining = rosters.values[index].count
        if remaining == 0 { rosters.remove(at: index) }
        return remaining
    }
}

extension ShardIndex.Roster {
    /// Has memory fetched for the streams behind this one, while it is written to: of the one after next the object
    /// itself; of the next one, which has come meanwhile, all that its path leads past.
    ///
    /// - Parameter place: -1 before the first one.
    func prefetch(behind place: Int) {
        if place + 2 < count { self[place + 2].prefetch() }
        if place + 1 < count { self[place + 1].prefetchPath() }
    }
}
