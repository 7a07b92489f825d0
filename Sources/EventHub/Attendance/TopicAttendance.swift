// Who is in one topic, and when its subscribers are told. A value; the time is passed in. It knows of places (a shard,
// or elsewhere another node) only that users come and go there.

internal import HeapModule
internal import NIOCore

/// The users of one topic.
///
/// A user is there from the first place that has a stream of it, and until `debounce` after the last one has none. So
/// who reloads a page, or loses the network for a moment, was not away.
struct TopicAttendance {
    private struct Member {
        /// How many places have streams of it, other nodes included.
        var places: Int32 = 0
        /// How many of these are other nodes.
        var elsewhere: Int16 = 0
        /// Whether it stands in ``leaving``, though it may have come back since.
        var isQueued = false
        /// Since when no place has any.
        var leftAt: NIODeadline?
    }

    private struct Leaver: Comparable {
        let since: NIODeadline
        let user: String

        static func < (one: Leaver, other: Leaver) -> Bool { one.since < other.since }
        static func == (one: Leaver, other: Leaver) -> Bool { one.since == other.since }
    }

    private var members: [String: Member] = [:]
    /// Each member once at most, so that who comes and goes all the time does not make it grow.
    private var leaving = Heap<Leaver>()
    /// Who has come and gone since the last time that was told, while these can be told as a change.
    private var (joined, left): (Set<String>, Set<String>) = ([], [])
    /// When and what was told last. `isNamed`: by name, so that a change can be told next.
    private var told: (at: NIODeadline, online: Int, isNamed: Bool)?
    /// How many users each place has, and all of them together.
    private var counts: [Int32]
    private var here = 0
    /// How many users have streams now.
    private var present = 0
    /// What it takes up.
    private(set) var bytes: Int

    /// - Parameter places: how many there are.
    init(_ topic: String, places: Int) {
        counts = Array(repeating: 0, count: places)
        bytes = AttendanceCost.topic(topic, places: places)
    }

    /// How many users there are.
    var online: Int { members.count }

    /// Whether nobody is there any more.
    var isVacant: Bool { present == 0 }

    func hasUsers(at place: Int) -> Bool { counts[place] > 0 }

    /// Whether some place of this node has streams of a user.
    func isHere(_ user: String) -> Bool { members[user].map { $0.places > Int32($0.elsewhere) } ?? false }

    // MARK: Coming and going

    /// A place has its first stream of a user; without a place, another node has.
    mutating func enter(_ user: String, at place: Int?) {
        if let place { (counts[place], here) = (counts[place] + 1, here + 1) }
        if members[user] == nil {
            bytes += AttendanceCost.member(user)
            noteJoined(user)
        }
        members[user, default: Member()].places += 1
        if place == nil { members[user]?.elsewhere += 1 }
        members[user]?.leftAt = nil
        if members[user]?.places == 1 { present += 1 }
    }

    /// A place has no stream of a user any more; without a place, another node has none.
    mutating func leave(_ user: String, at place: Int?, now: NIODeadline) {
        guard var member = members[user] else { return }
        if let place {
            guard member.places > Int32(member.elsewhere) else { return }
            (counts[place], here) = (counts[place] - 1, here - 1)
        } else {
            guard member.elsewhere > 0 else { return }
            member.elsewhere -= 1
        }
        member.places -= 1
        if member.places == 0 {
            present -= 1
            member.leftAt = now
            if !member.isQueued { leaving.insert(Leaver(since: now, user: user)) }
            member.isQueued = true
        }
        members[user] = member
    }

    private mutating func noteJoined(_ user: String) {
        guard told?.isNamed == true else { return }
        left.remove(user)
        joined.insert(user)
    }

    private mutating func noteLeft(_ user: String) {
        guard told?.isNamed == true else { return }
        joined.remove(user)
        // Also of one whose coming was not told: who has come since the last time may have been told of it.
        left.insert(user)
    }

    // MARK: Telling

    /// What there is to do.
    enum Look: Equatable {
        /// Nobody is left, not even for the time being: the topic can be forgotten.
        case gone
        /// There is more to look at than one look may take.
        case again
        /// Nothing before then; nothing at all without a time.
        case wait(until: NIODeadline?)
        /// Then nothing before `next`.
        case tell(AttendanceNews, next: NIODeadline?)
    }

    /// How many who have left one look goes through.
    static let looksAtOnce = 4096

    /// - Parameter topic: its name.
    mutating func look(_ topic: String, at now: NIODeadline, _ settings: PresenceSettings) -> Look {
        guard dropLeavers(at: now, settings.debounce) else { return .again }
        guard !members.isEmpty else { return .gone }
        let nextLeaver = leaving.min.map { $0.since + settings.debounce }
        guard here > 0 else {
            // Whoever comes is told the whole.
            if !isVacant { forgetChange() }
            return .wait(until: nextLeaver)
        }
        guard hasUntold(settings.members) else { return .wait(until: nextLeaver) }
        if let told {
            let due = told.at + settings.period(online: online)
            if due > now { return .wait(until: min(due, nextLeaver ?? due)) }
        }
        return .tell(tell(topic, at: now, settings.members), next: nextLeaver)
    }

    /// Nobody is here who could be told a change: it is not kept, since others come and go for as long as they like.
    private mutating func forgetChange() {
        (joined, left) = ([], [])
        told?.isNamed = false
    }

    /// - Returns: whether all are gone who have been away for long enough.
    private mutating func dropLeavers(at now: NIODeadline, _ debounce: TimeAmount) -> Bool {
        var looks = Self.looksAtOnce
        while let first = leaving.min, first.since + debounce <= now {
            guard looks > 0 else { return false }
            looks -= 1
            leaving.removeMin()
            members[first.user]?.isQueued = false
            guard let leftAt = members[first.user]?.leftAt else { continue }
            if leftAt > first.since {
                // Came back, and left again.
                members[first.user]?.isQueued = true
                leaving.insert(Leaver(since: leftAt, user: first.user))
            } else {
                members[first.user] = nil
                bytes -= AttendanceCost.member(first.user)
                noteLeft(first.user)
            }
        }
        return true
    }

    private func hasUntold(_ limit: Int) -> Bool {
        guard let told else { return true }
        guard online <= limit, told.isNamed else { return online != told.online || online <= limit }
        return !joined.isEmpty || !left.isEmpty
    }

    private mutating func tell(_ topic: String, at now: NIODeadline, _ limit: Int) -> AttendanceNews {
        var news = whole(topic, limit)
        // As a change it may have no more names than the whole has.
        if told?.isNamed == true, news.members != nil, joined.count + left.count <= online {
            news.change = AttendanceNews.Change(joined: Array(joined), left: Array(left))
        }
        (joined, left) = ([], [])
        told = (now, online, news.members != nil)
        return news
    }

    /// What a stream is told that has heard nothing yet.
    func whole(_ topic: String, _ limit: Int) -> AttendanceNews {
        AttendanceNews(topic: topic, online: online, members: online <= limit ? Array(members.keys) : nil)
    }
}

/// What attendance takes up, in bytes, each constant as large as Swift's collections can make it.
package enum AttendanceCost {
    /// A topic in the book.
    package static func topic(_ name: String, places: Int) -> Int { 1024 + 4 * places + name.utf8.count }
    /// A user in a topic of the book.
    package static func member(_ user: String) -> Int { 288 + user.utf8.count }
    /// A topic in a shard's table.
    static func tableTopic(_ name: String) -> Int { 256 + name.utf8.count }
    /// A user in a topic of a shard's table.
    static func tableEntry(_ user: String) -> Int { 160 + user.utf8.count }
    /// A user in a shard's table, however many topics it is in.
    static func tableUser(_ user: String) -> Int { 96 + user.utf8.count }
}
