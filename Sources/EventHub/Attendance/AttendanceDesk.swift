// What a shard has to tell of who is in which topic: to which streams, and how far it has got. A value; the shard acts.

internal import DequeModule
internal import EventLog
internal import NIOCore

/// A shard's part in telling who is there.
struct AttendanceDesk {
    /// Streams that have to be told the whole: those that are new, and those that could not take the last news.
    struct Owed {
        var streams: Set<StreamID> = []
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
        (self.owed, self.isTakingTurns, hasFormerTopics) = (owed, isTakingTurns, !owed.isEmpty)
    }

    /// Tells nobody any more: no stream is left, or all are about to end.
    mutating func clear() { (owed, order, rounds, current, uncounted) = ([:], [], [:], nil, []) }

    // MARK: Who wants the whole

    mutating func owe(_ stream: StreamID, _ topic: String, at time: NIODeadline) {
        owed[topic, default: Owed(dueAt: time)].streams.insert(stream)
        if let due = owed[topic]?.dueAt, time < due { owed[topic]?.dueAt = time }
    }

    /// Looks at a topic's streams later: none of them takes anything now.
    mutating func put(off topic: String, _ streams: Set<StreamID>, until time: NIODeadline) {
        owed[topic] = streams.isEmpty ? nil : Owed(streams: streams, dueAt: time)
    }

    // MARK: Rounds

    /// Has news told to all streams of a topic.
    mutating func enqueue(news: AttendanceNews) {
        var round = rounds[news.topic] ?? enqueued(NewsRound(news))
        let hasUntold = round.isForAll
        (round.news, round.isForAll) = (news, true)
        // News that no stream was told yet had a change of their own.
        if hasUntold { round.news.change = nil }
        rounds[news.topic] = takingOwed(round)
    }

    /// Has the whole told to the streams that want it.
    mutating func enqueue(whole: AttendanceNews) {
        let round = rounds[whole.topic] ?? enqueued(NewsRound(whole))
        rounds[whole.topic] = takingOwed(round)
    }

    private mutating func takingOwed(_ round: NewsRound) -> NewsRound {
        var round = round
        round.owed.formUnion(owed.removeValue(forKey: round.news.topic)?.streams ?? [])
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
    var owed: Set<StreamID> = []
    /// The streams as they were when it began.
    private var streams = ShardIndex.Roster()
    private var next = 0
    private var frames: (whole: EventFrame?, news: EventFrame?)

    init(_ news: AttendanceNews) { self.news = news }

    mutating func begin(_ streams: ShardIndex.Roster) { self.streams = streams }

    /// The next stream that is still open.
    mutating func takeStream() -> HubStream? {
        while next < streams.count {
            defer { next += 1 }
            if !streams[next].hasEnded { return streams[next] }
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
