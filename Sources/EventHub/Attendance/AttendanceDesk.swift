// What a shard has to tell of who is in which topic: to which streams, and how far it has got. A value; the shard acts.

internal import DequeModule
internal import EventLog
internal import NIOCore

/// A shard's part in telling who is there.
struct AttendanceDesk {
    /// Streams that have to be told the whole: those that are new, and those that could not take the last news.
    struct Owed {
        var streams: Set<StreamID> = []
        /// Those among them that could take nothing, of a look that goes on.
        fileprivate var looked: Set<StreamID> = []
        /// When to look at them next.
        var dueAt: NIODeadline
    }

    private(set) var settings: PresenceSettings
    /// Of the settings. A stream counts where it bears the same.
    private(set) var generation: UInt32
    var table: AttendanceTable
    /// Streams that there was no room to count, and some that have ended since. The first is tried next.
    var uncounted: Deque<StreamID> = []
    /// When they are tried again.
    var triesAt = NIODeadline.uptimeNanoseconds(0)
    private(set) var owed: [String: Owed] = [:]
    /// Those topics in the order in which they are looked at, and some that are owed no more.
    private var queue: Deque<String> = []
    private var queued: Set<String> = []
    /// Topics whose news wait, in their order; one round each.
    private var order: Deque<String> = []
    private var rounds: [String: NewsRound] = [:]
    /// The round that has begun.
    var current: NewsRound?
    var isTakingTurns = false
    /// Whether streams are owed a word of topics that are counted no more.
    var hasFormerTopics = false
    /// Nothing is told before then.
    var opensAt = NIODeadline.uptimeNanoseconds(0)

    /// - Parameter places: how many the book knows of.
    init(_ settings: PresenceSettings, _ generation: UInt32, places: Int) {
        (self.settings, self.generation) = (settings, generation)
        table = AttendanceTable(places: places)
    }

    /// Whether there is anything to do at a tick.
    var isAwake: Bool { settings.isOn || !owed.isEmpty }
    var hasRounds: Bool { current != nil || !order.isEmpty }

    /// Goes on with other settings, and counts nobody until the streams are entered again.
    mutating func adopt(_ settings: PresenceSettings, _ generation: UInt32, places: Int) {
        let (owed, isTakingTurns) = (owed, isTakingTurns)
        self = AttendanceDesk(settings, generation, places: places)
        (queue, queued) = (Deque(owed.keys), Set(owed.keys))
        (self.owed, self.isTakingTurns, hasFormerTopics) = (owed, isTakingTurns, !owed.isEmpty)
    }

    /// Tells nobody any more: no stream is left, or all are about to end.
    mutating func clear() {
        (owed, order, rounds, current, uncounted) = ([:], [], [:], nil, [])
        (queue, queued) = ([], [])
    }

    // MARK: Who wants the whole

    mutating func owe(_ stream: StreamID, _ topic: String, at time: NIODeadline) {
        owed[topic, default: Owed(dueAt: time)].streams.insert(stream)
        if let due = owed[topic]?.dueAt, time < due { owed[topic]?.dueAt = time }
        if queued.insert(topic).inserted { queue.append(topic) }
    }

    /// How much is looked for at a tick.
    struct LookLimits {
        /// Topics that may be due.
        var topics = 4096
        /// Those of them that are.
        var due = 256
        /// Their streams.
        var looks = 2048
    }

    /// The topics with a stream that can take the whole now. Goes on where it ended before, so that each has its turn,
    /// however many there are whose streams take nothing.
    ///
    /// - Parameters:
    ///   - later: when to look again at a topic that has no such stream.
    ///   - canTake: whether a stream can; nothing when it has ended.
    mutating func wantedTopics(
        _ limits: LookLimits, at now: NIODeadline, elseAt later: NIODeadline, _ canTake: (StreamID) -> Bool?
    ) -> [String] {
        var (limits, wanted) = (limits, [String]())
        limits.topics = min(limits.topics, queue.count)
        while limits.topics > 0, limits.due > 0, limits.looks > 0, let topic = queue.popFirst() {
            limits.topics -= 1
            if let due = owed[topic]?.dueAt, due <= now {
                limits.due -= 1
                if findsTaker(in: topic, &limits.looks, elseAt: later, canTake) { wanted.append(topic) }
            }
            if owed[topic] == nil { queued.remove(topic) } else { queue.append(topic) }
        }
        return wanted
    }

    /// Looks for a stream of a topic that can take something now, and forgets those that have ended.
    ///
    /// - Parameters:
    ///   - looks: how many streams may be looked at. With the last of them the look goes on the next time.
    ///   - later: when to look at the topic again, if there is none.
    ///   - canTake: whether a stream can; nothing when it has ended.
    mutating func findsTaker(
        in topic: String, _ looks: inout Int, elseAt later: NIODeadline, _ canTake: (StreamID) -> Bool?
    ) -> Bool {
        // Taken out, so that nobody else has the set: it would be copied.
        guard var owed = owed.removeValue(forKey: topic) else { return false }
        var isFound = false
        while !isFound, looks > 0, let stream = owed.streams.popFirst() {
            looks -= 1
            switch canTake(stream) {
            case .some(true):
                owed.streams.insert(stream)
                isFound = true
            case .some(false): owed.looked.insert(stream)
            case nil: break
            }
        }
        if owed.streams.isEmpty { owed = Owed(streams: owed.looked, dueAt: later) }
        if !owed.streams.isEmpty { self.owed[topic] = owed }
        return isFound
    }

    // MARK: Rounds

    /// Has news told to all streams of a topic.
    mutating func enqueue(news: AttendanceNews) {
        var round = rounds.removeValue(forKey: news.topic) ?? enqueued(NewsRound(news))
        let hasUntold = round.isForAll
        (round.news, round.isForAll) = (news, true)
        // News that no stream was told yet had a change of their own.
        if hasUntold { round.news.change = nil }
        rounds[news.topic] = takingOwed(round)
    }

    /// Has the whole told to the streams that want it.
    mutating func enqueue(whole: AttendanceNews) {
        let round = rounds.removeValue(forKey: whole.topic) ?? enqueued(NewsRound(whole))
        rounds[whole.topic] = takingOwed(round)
    }

    private mutating func takingOwed(_ round: consuming NewsRound) -> NewsRound {
        guard var more = owed.removeValue(forKey: round.news.topic) else { return round }
        round.owe(&more.streams)
        round.owe(&more.looked)
        return round
    }

    private mutating func enqueued(_ round: NewsRound) -> NewsRound {
        order.append(round.news.topic)
        return round
    }

    /// The round that is next.
    mutating func takeRound() -> NewsRound? {
        guard let topic = order.popFirst(), let round = rounds.removeValue(forKey: topic) else { return nil }
        // With those that the round before could not tell.
        return takingOwed(round)
    }
}

/// One topic's news on the way to its streams.
struct NewsRound {
    var news: AttendanceNews
    /// Whether all its streams are told; else only those that want the whole.
    var isForAll = false
    /// Who is told the whole.
    private(set) var owed: Set<StreamID> = []
    /// The streams as they were when it began, or those that want the whole.
    private var streams = ShardIndex.Roster()
    private var next = 0
    private var wanting: Set<StreamID>.Iterator?
    private var frames: (whole: EventFrame?, news: EventFrame?)

    init(_ news: AttendanceNews) { self.news = news }

    /// Takes streams over. The smaller set is gone through, and the larger one not copied.
    mutating func owe(_ streams: inout Set<StreamID>) {
        if owed.count < streams.count { swap(&owed, &streams) }
        owed.formUnion(streams)
        streams = []
    }

    /// - Parameter all: the topic's streams, if all are told.
    mutating func begin(_ all: ShardIndex.Roster?) {
        if let all { streams = all } else { wanting = owed.makeIterator() }
    }

    /// The next stream that is still open. None is looked for before its turn: there may be tens of thousands.
    mutating func takeStream(_ find: (StreamID) -> HubStream?) -> HubStream? {
        while next < streams.count {
            defer { next += 1 }
            if !streams[next].hasEnded { return streams[next] }
        }
        while let id = wanting?.next() {
            if let stream = find(id), !stream.hasEnded { return stream }
        }
        return nil
    }

    /// Made once for all streams.
    mutating func frame(isWhole: Bool) -> EventFrame {
        if isWhole || news.change == nil {
            let frame = frames.whole ?? news.whole
            frames.whole = frame
            return frame
        }
        let frame = frames.news ?? news.news
        frames.news = frame
        return frame
    }
}
