// Who is in each topic, over all places and other nodes, and what each place has to tell next. A value; the board
// guards it, and each shard looks in from time to time.

internal import DequeModule
internal import NIOCore

/// A place's or another node's word that it has streams of a user in a topic, or none any more. Words of all of them,
/// in whatever order between them, come to the same.
package struct AttendanceChange: Sendable, Equatable {
    package let topic: String
    package let user: String
    package let isThere: Bool

    package init(topic: String, user: String, isThere: Bool) {
        (self.topic, self.user, self.isThere) = (topic, user, isThere)
    }
}

/// What a place says when it looks in.
struct AttendanceReport: Sendable {
    var changes: [AttendanceChange] = []
    /// How many streams it has that are not counted, because there is no room.
    var uncounted = 0
    /// Topics of which it has streams that have to be told the whole.
    var wanted: [String] = []
}

/// What it is told then.
struct AttendanceAnswer: Sendable {
    /// What to tell all streams of the topic.
    var news: [AttendanceNews] = []
    /// What to tell the streams that want the whole.
    var wholes: [AttendanceNews] = []
    /// Before then nothing is told.
    var opensAt: NIODeadline
}

/// The attendance of all topics.
struct AttendanceBook {
    private struct Entry {
        var attendance: TopicAttendance
        var turn = Turn.idle
    }

    /// When it is looked at next.
    private enum Turn {
        case idle
        case waits(TimerWheel<String>.Place, until: NIODeadline)
        case due
    }

    let settings: PresenceSettings
    /// Words that were meant for another book are not heard.
    let generation: UInt32
    /// Users who come back from elsewhere, as after a restart, are to be told as one crowd, not one by one.
    let opensAt: NIODeadline
    private var topics: [String: Entry] = [:]
    private var wheel: TimerWheel<String>
    private var due: Deque<String> = []
    /// By place: what it has not asked for yet. One of each topic: a newer one takes the place of the one before.
    private var mail: [[String: AttendanceNews]]
    /// By place: topics that have users there again. It has missed what was told meanwhile, and is told the whole.
    private var fresh: [Set<String>]
    private var uncounted: [Int]
    /// Clocks of event loops may differ by a moment.
    private var now: NIODeadline
    /// What it takes up.
    private(set) var bytes = 0
    /// How many topics have users who have left, and nobody else.
    private(set) var vacantTopics = 0
    /// What other nodes have to be told; nothing where there are none.
    private var noted: ChangedAttendance?
    /// Whether other nodes may have users whom this one has not heard of.
    private var isIncompleteElsewhere = false

    /// - Parameters:
    ///   - places: how many there are.
    ///   - isShared: whether somebody asks for ``takeChanges(limit:)``.
    ///   - now: when it is opened.
    init(
        _ settings: PresenceSettings, generation: UInt32, places: Int, isShared: Bool = false, now: NIODeadline
    ) {
        (self.settings, self.generation, self.now) = (settings, generation, now)
        if isShared { noted = ChangedAttendance() }
        opensAt = now + settings.debounce
        mail = Array(repeating: [:], count: places)
        fresh = Array(repeating: [], count: places)
        uncounted = Array(repeating: 0, count: places)
        wheel = TimerWheel(tick: HubShard.tick, span: settings.isOn ? settings.debounce : .zero, start: now)
    }

    var topicCount: Int { topics.count }
    var uncountedStreams: Int { uncounted.reduce(0, +) }

    /// How many words a place may bring at once: the others wait for the lock meanwhile.
    static let changesAtOnce = 4096
    /// How many topics are looked at each time; and how many names told, about.
    static let (topicsAtOnce, namesAtOnce) = (256, 4096)

    /// A place looks in.
    mutating func exchange(_ report: AttendanceReport, at place: Int, now time: NIODeadline) -> AttendanceAnswer {
        now = max(now, time)
        uncounted[place] = report.uncounted
        for change in report.changes {
            take(change, at: place)
            noted?.note(change)
        }
        var answer = AttendanceAnswer(opensAt: opensAt)
        guard now >= opensAt else { return answer }
        var names = Self.namesAtOnce
        lookAround(&names)
        answer.news = takeMail(of: place)
        let told = Set(answer.news.map(\.topic))
        for topic in report.wanted where !told.contains(topic) && names > 0 {
            let whole = whole(of: topic)
            names -= 1 + (whole.members?.count ?? 0)
            if fresh[place].remove(topic) == nil { answer.wholes.append(whole) } else { answer.news.append(whole) }
        }
        for topic in Array(fresh[place].prefix(max(0, names))) {
            guard names > 0 else { break }
            fresh[place].remove(topic)
            let whole = whole(of: topic)
            names -= 1 + (whole.members?.count ?? 0)
            answer.news.append(whole)
        }
        return answer
    }

    private mutating func takeMail(of place: Int) -> [AttendanceNews] {
        defer { mail[place] = [:] }
        return mail[place].values.map { news in
            var news = news
            if fresh[place].remove(news.topic) != nil { news.change = nil }
            return news
        }
    }

    private func whole(of topic: String) -> AttendanceNews {
        guard let entry = topics[topic] else { return .unknown(topic) }
        return marked(entry.attendance.whole(topic, settings.members))
    }

    private func marked(_ news: AttendanceNews) -> AttendanceNews {
        var news = news
        news.isIncomplete = uncountedStreams > 0 || isIncompleteElsewhere
        return news
    }

    // MARK: Other nodes

    /// Other nodes have said who has come and gone there. It looks around, too: no shard may have streams.
    ///
    /// - Parameter isIncomplete: whether they may have users whom this one has not heard of.
    mutating func hear(_ changes: some Sequence<AttendanceChange>, isIncomplete: Bool, now time: NIODeadline) {
        (now, isIncompleteElsewhere) = (max(now, time), isIncomplete)
        for change in changes where settings.topics.matches(change.topic) { take(change, at: nil) }
        guard now >= opensAt else { return }
        var names = Self.namesAtOnce
        lookAround(&names)
    }

    /// Takes out who has come and gone at this node's places since the last time, so many at most. One may be told
    /// again that it is there, or is not.
    mutating func takeChanges(limit: Int) -> [AttendanceChange] {
        (noted?.take(limit: limit) ?? []).map { topic, user in
            let isThere = topics[topic]?.attendance.isHere(user) ?? false
            return AttendanceChange(topic: topic, user: user, isThere: isThere)
        }
    }

    // MARK: Coming and going

    /// - Parameter place: nothing where it is another node's word.
    private mutating func take(_ change: AttendanceChange, at place: Int?) {
        let (topic, user) = (change.topic, change.user)
        if change.isThere {
            if topics[topic] == nil { begin(topic) }
            if let place, topics[topic]?.attendance.hasUsers(at: place) == false { fresh[place].insert(topic) }
            update(topic) { $0.enter(user, at: place) }
        } else {
            update(topic) { [now] in $0.leave(user, at: place, now: now) }
            // Nobody is there who could fetch it.
            if let place, topics[topic]?.attendance.hasUsers(at: place) == false {
                mail[place][topic] = nil
                fresh[place].remove(topic)
            }
        }
        schedule(topic, at: now)
    }

    private mutating func begin(_ topic: String) {
        let attendance = TopicAttendance(topic, places: mail.count)
        bytes += attendance.bytes
        vacantTopics += 1
        topics[topic] = Entry(attendance: attendance)
    }

    /// Changes a topic where it is, and keeps the sums.
    @discardableResult
    private mutating func update<Result>(_ topic: String, _ change: (inout TopicAttendance) -> Result) -> Result? {
        guard let index = topics.index(forKey: topic) else { return nil }
        let bytesBefore = topics.values[index].attendance.bytes
        let wasVacant = topics.values[index].attendance.isVacant
        let result = change(&topics.values[index].attendance)
        bytes += topics.values[index].attendance.bytes - bytesBefore
        vacantTopics += (topics.values[index].attendance.isVacant ? 1 : 0) - (wasVacant ? 1 : 0)
        return result
    }

    // MARK: Looking

    private mutating func lookAround(_ names: inout Int) {
        for topic in wheel.takeDue(at: now) {
            topics[topic]?.turn = .due
            due.append(topic)
        }
        var looks = Self.topicsAtOnce
        while looks > 0, names > 0, let topic = due.popFirst() {
            looks -= 1
            names -= 1 + look(at: topic)
        }
        if due.isEmpty { due = [] }
    }

    /// - Returns: how many names there are to tell.
    private mutating func look(at topic: String) -> Int {
        topics[topic]?.turn = .idle
        switch update(topic, { [now, settings] in $0.look(topic, at: now, settings) }) {
        case nil: break
        case .gone: forget(topic)
        case .again:
            topics[topic]?.turn = .due
            due.append(topic)
        case .wait(let time): if let time { schedule(topic, at: time) }
        case .tell(let news, let next):
            post(marked(news))
            if let next { schedule(topic, at: next) }
            return news.members?.count ?? 0
        }
        return 0
    }

    private mutating func forget(_ topic: String) {
        guard let entry = topics.removeValue(forKey: topic) else { return }
        bytes -= entry.attendance.bytes
        if entry.attendance.isVacant { vacantTopics -= 1 }
    }

    private mutating func post(_ news: AttendanceNews) {
        guard let attendance = topics[news.topic]?.attendance else { return }
        for place in mail.indices where attendance.hasUsers(at: place) {
            var news = news
            // The one before was not fetched: a change would be one of several.
            if mail[place][news.topic] != nil { news.change = nil }
            mail[place][news.topic] = news
        }
    }

    private mutating func schedule(_ topic: String, at time: NIODeadline) {
        switch topics[topic]?.turn {
        case nil, .due: return
        case .waits(let place, let until):
            guard time < until else { return }
            if let moved = wheel.remove(at: place) { move(moved, to: place) }
        case .idle: break
        }
        topics[topic]?.turn = .waits(wheel.schedule(topic, at: time), until: time)
    }

    private mutating func move(_ topic: String, to place: TimerWheel<String>.Place) {
        guard case .waits(_, let until) = topics[topic]?.turn else { return }
        topics[topic]?.turn = .waits(place, until: until)
    }
}
