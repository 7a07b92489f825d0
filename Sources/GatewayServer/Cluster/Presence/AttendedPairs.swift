// Which users have streams of which topics at one node: what presence events are made from. A value.

internal import EventHub
internal import EventLog

/// A user in a topic.
struct AttendedPair: Sendable, Hashable {
    let topic: String
    let user: String

    init(_ topic: String, _ user: String) { (self.topic, self.user) = (topic, user) }

    func change(isThere: Bool) -> AttendanceChange {
        AttendanceChange(topic: topic, user: user, isThere: isThere)
    }
}

/// One node's, in parts as those of ``CountedNames``: a message with some needs one part at a time.
struct AttendedPairs: Sendable {
    /// Each with when it was told last: all that a node does not name in a pass are gone.
    private var parts = [[AttendedPair: UInt32]](repeating: [:], count: CountedNames.partCount)
    /// How many users each topic has.
    private var topics: [String: Int] = [:]
    private(set) var count = 0
    /// What they take up, about.
    private(set) var bytes = 0
    /// What the hub's book takes up for them, about, if no other node has them.
    private(set) var bookBytes = 0

    private static func part(of pair: AttendedPair) -> Int { CountedNames.part(of: pair.user) }

    /// - Returns: whether it was not there.
    mutating func insert(_ pair: AttendedPair, pass: UInt32 = 0) -> Bool {
        guard parts[Self.part(of: pair)].updateValue(pass, forKey: pair) == nil else { return false }
        count += 1
        let cost = Self.cost(of: pair, isNewTopic: topics[pair.topic] == nil)
        (bytes, bookBytes) = (bytes + cost.here, bookBytes + cost.book)
        topics[pair.topic, default: 0] += 1
        return true
    }

    /// - Returns: whether it was there.
    mutating func remove(_ pair: AttendedPair) -> Bool {
        guard parts[Self.part(of: pair)].removeValue(forKey: pair) != nil else { return false }
        forget(pair)
        return true
    }

    private mutating func forget(_ pair: AttendedPair) {
        count -= 1
        let left = topics[pair.topic, default: 1] - 1
        topics[pair.topic] = left > 0 ? left : nil
        let cost = Self.cost(of: pair, isNewTopic: left <= 0)
        (bytes, bookBytes) = (bytes - cost.here, bookBytes - cost.book)
    }

    /// Takes out those that were not told in a pass.
    mutating func drop(allBut pass: UInt32) -> [AttendedPair] {
        var gone: [AttendedPair] = []
        for part in parts.indices {
            for (pair, told) in parts[part] where told != pass {
                parts[part][pair] = nil
                gone.append(pair)
            }
        }
        gone.forEach { forget($0) }
        return gone
    }

    func contains(_ pair: AttendedPair) -> Bool { parts[Self.part(of: pair)][pair] != nil }

    func hasTopic(_ topic: String) -> Bool { topics[topic] != nil }

    /// A part's, in no order.
    func pairs(ofPart part: Int) -> [AttendedPair] { Array(parts[part].keys) }

    var all: [AttendedPair] { parts.flatMap(\.keys) }

    /// What one takes up: here, its place in a table that has just grown, and its texts; and in the book.
    static func cost(of pair: AttendedPair, isNewTopic: Bool) -> (here: Int, book: Int) {
        let here = 128 + EventCost.bytes(ofText: pair.user.utf8.count) + EventCost.bytes(ofText: pair.topic.utf8.count)
        let book = AttendanceCost.member(pair.user)
        guard isNewTopic else { return (here, book) }
        let topic = 96 + EventCost.bytes(ofText: pair.topic.utf8.count)
        return (here + topic, book + AttendanceCost.topic(pair.topic, places: 0))
    }
}
