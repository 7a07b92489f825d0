import NIOCore
import SeededRandom
import Testing

@testable import EventHub

/// Attendance over several places: each hears of the others, and the sums are right.
@Suite struct AttendanceBookTests {
    private static let start = NIODeadline.uptimeNanoseconds(0)

    static func settings(members: Int = 100) -> PresenceSettings {
        PresenceSettings(
            topics: PresenceTopics(patterns: ["*"]) { _ in true }, debounce: .seconds(1), members: members,
            bytes: 1 << 20)
    }

    private static func book(members: Int = 100, places: Int = 2) -> AttendanceBook {
        AttendanceBook(settings(members: members), generation: 1, places: places, now: start)
    }

    private static func report(
        came: [String] = [], went: [String] = [], topic: String = "t", wanted: [String] = []
    ) -> AttendanceReport {
        let changes =
            came.map { AttendanceChange(topic: topic, user: $0, isThere: true) }
            + went.map { AttendanceChange(topic: topic, user: $0, isThere: false) }
        return AttendanceReport(changes: changes, wanted: wanted)
    }

    private static func at(_ milliseconds: Int64) -> NIODeadline { start + .milliseconds(milliseconds) }

    @Test func `who comes back from elsewhere comes as one crowd`() {
        var book = Self.book()
        for number in 0..<9 {
            let came = Self.report(came: ["\(number)"], wanted: ["t"])
            let answer = book.exchange(came, at: number % 2, now: Self.at(Int64(100 * number)))
            #expect(answer.news.isEmpty && answer.wholes.isEmpty && answer.opensAt == Self.at(1000))
        }
        for place in 0..<2 {
            let answer = book.exchange(Self.report(wanted: ["t"]), at: place, now: Self.at(1000))
            #expect(answer.news.map(\.online) == [9] && answer.wholes.isEmpty, "once, though it is wanted, too")
            #expect(answer.news.first?.members?.count == 9)
        }
    }

    @Test func `a new stream is told the whole before the topic is told the change`() {
        var book = Self.book()
        _ = book.exchange(Self.report(came: ["alice"]), at: 0, now: Self.at(0))
        #expect(book.exchange(Self.report(), at: 0, now: Self.at(1000)).news.first?.members == ["alice"])
        let bob = book.exchange(Self.report(came: ["bob"], wanted: ["t"]), at: 1, now: Self.at(1200))
        #expect(bob.news.first?.members?.sorted() == ["alice", "bob"] && bob.news.first?.change == nil)
        #expect(bob.wholes.isEmpty, "it is the first there")
        let erin = book.exchange(Self.report(wanted: ["t"]), at: 1, now: Self.at(1300))
        #expect(erin.news.isEmpty && erin.wholes.first?.members?.sorted() == ["alice", "bob"])
        #expect(book.exchange(Self.report(), at: 0, now: Self.at(1900)).news.isEmpty)
        let change = AttendanceNews.Change(joined: ["bob"], left: [])
        #expect(book.exchange(Self.report(), at: 0, now: Self.at(2100)).news.first?.change == change)
        #expect(book.exchange(Self.report(), at: 1, now: Self.at(2100)).news.first?.change == change)
    }

    @Test func `a place that stands still keeps one word of each topic, and is told the whole then`() {
        var book = Self.book()
        _ = book.exchange(Self.report(came: ["alice"]), at: 0, now: Self.at(0))
        _ = book.exchange(Self.report(came: ["bob"]), at: 1, now: Self.at(0))
        _ = book.exchange(Self.report(), at: 1, now: Self.at(1000))
        for number in 1...5 {
            let answer = book.exchange(
                Self.report(came: ["\(number)"]), at: 1, now: Self.at(1000 + Int64(number) * 1100))
            #expect(answer.news.first?.change?.joined == ["\(number)"])
        }
        let news = book.exchange(Self.report(), at: 0, now: Self.at(7000)).news
        #expect(news.count == 1 && news.first?.change == nil && news.first?.online == 7)
    }

    @Test func `a place without users of a topic hears nothing of it`() {
        var book = Self.book()
        _ = book.exchange(Self.report(came: ["alice"]), at: 0, now: Self.at(0))
        _ = book.exchange(Self.report(came: ["bob"]), at: 1, now: Self.at(0))
        _ = book.exchange(Self.report(came: ["alice"], topic: "other"), at: 1, now: Self.at(1000))
        _ = book.exchange(Self.report(came: ["carol"], went: ["bob"]), at: 1, now: Self.at(2100))
        _ = book.exchange(Self.report(went: ["carol"]), at: 1, now: Self.at(2200))
        let news = book.exchange(Self.report(), at: 1, now: Self.at(9000)).news
        #expect(!news.contains { $0.topic == "t" })
    }

    @Test func `names cost: what is more than a look may tell comes with the next`() {
        var book = Self.book(members: 1000, places: 1)
        for topic in 0..<8 {
            let users = (0..<1000).map { "user \($0)" }
            _ = book.exchange(Self.report(came: users, topic: "\(topic)"), at: 0, now: Self.at(0))
        }
        let counts = (0..<4).map { step in
            book.exchange(Self.report(), at: 0, now: Self.at(1000 + 100 * Int64(step))).news.count
        }
        #expect(counts.reduce(0, +) == 8)
        #expect(counts.allSatisfy { $0 <= 5 }, "\(counts)")
    }

    @Test func `while some are not counted it says so`() {
        var book = Self.book()
        var report = Self.report(came: ["alice"])
        report.uncounted = 2
        _ = book.exchange(report, at: 0, now: Self.at(0))
        report = Self.report()
        report.uncounted = 2
        #expect(book.exchange(report, at: 0, now: Self.at(1000)).news.first?.isIncomplete == true)
        #expect(book.uncountedStreams == 2)
        report = Self.report(wanted: ["t", "nobody's"])
        let wholes = book.exchange(report, at: 0, now: Self.at(1100)).wholes
        #expect(wholes.map(\.isIncomplete) == [false, false] && wholes.map(\.online) == [1, nil])
    }

    // MARK: Against a model

    @Test func `whatever comes and goes, every page has it right in the end, and none is told too much`() {
        var generator = SeededGenerator(test: "attendance")
        for _ in 0..<60 {
            var game = AttendanceGame(
                members: [0, 2, 4, 100].randomElement(using: &generator) ?? 100,
                isPrompt: Bool.random(using: &generator))
            for _ in 0..<200 { game.step(with: &generator) }
            game.settle()
            game.checkPages()
            game.leave()
            game.settle()
            game.checkEmpty()
        }
    }
}

/// Users who come and go at three places, as a child would count them, and a page at each place.
private struct AttendanceGame {
    /// When a user was at no place.
    private struct Absence {
        let from: NIODeadline
        var until: NIODeadline?
    }

    private let members: Int
    /// Whether each place looks in each time, and says all.
    private let isPrompt: Bool
    private var book: AttendanceBook
    private var tables = [AttendanceTable(places: 3), AttendanceTable(places: 3), AttendanceTable(places: 3)]
    private var pages: [Set<String>?] = [nil, nil, nil]
    private var streams: [[String: Int]] = [[:], [:], [:]]
    private var absences: [String: Absence] = [:]
    private var now = NIODeadline.uptimeNanoseconds(0)
    private var (steps, tellings) = (0, 0)

    init(members: Int, isPrompt: Bool) {
        (self.members, self.isPrompt) = (members, isPrompt)
        book = AttendanceBook(
            AttendanceBookTests.settings(members: members), generation: 1, places: 3, now: now)
        // The first place has somebody all the time, and looks in each time.
        enter("stays", at: 0)
    }

    private var online: Set<String> { Set(streams.flatMap { $0.keys }) }

    // MARK: Moves

    private mutating func enter(_ user: String, at place: Int) {
        if !online.contains(user) { absences[user]?.until = now }
        tables[place].enter(user, "t")
        streams[place][user, default: 0] += 1
    }

    private mutating func leave(_ user: String, at place: Int) {
        guard let count = streams[place][user] else { return }
        tables[place].leave(user, "t")
        streams[place][user] = count == 1 ? nil : count - 1
        guard !online.contains(user) else { return }
        // Who came in this same moment was not there at all.
        if absences[user]?.until == now { absences[user]?.until = nil } else { absences[user] = Absence(from: now) }
    }

    mutating func step(with generator: inout SeededGenerator) {
        now = now + .milliseconds(100)
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let (place, user) = (Int.random(in: 0..<3, using: &generator), Int.random(in: 0..<6, using: &generator))
            if Bool.random(using: &generator) {
                enter("user \(user)", at: place)
            } else {
                leave("user \(user)", at: place)
            }
        }
        for place in 0..<3 where isPrompt || place == 0 || Int.random(in: 0..<4, using: &generator) > 0 {
            lookIn(at: place, changes: isPrompt ? 100 : Int.random(in: 1...4, using: &generator))
        }
        steps += 1
    }

    /// Nothing happens for six seconds.
    mutating func settle() {
        for _ in 0..<60 {
            now = now + .milliseconds(100)
            steps += 1
            for place in 0..<3 { lookIn(at: place, changes: 100) }
        }
    }

    mutating func leave() {
        for place in 0..<3 {
            for (user, count) in streams[place] { for _ in 0..<count { leave(user, at: place) } }
        }
    }

    // MARK: Pages

    private mutating func lookIn(at place: Int, changes: Int) {
        var report = AttendanceReport(changes: tables[place].takeChanges(limit: changes))
        if pages[place] == nil, tables[place].isReported, !streams[place].isEmpty { report.wanted = ["t"] }
        let answer = book.exchange(report, at: place, now: now)
        if place == 0, !answer.news.isEmpty { tellings += 1 }
        for news in answer.news + answer.wholes { hear(news, at: place) }
    }

    private mutating func hear(_ news: AttendanceNews, at place: Int) {
        let names = (news.change?.joined ?? []) + (news.change?.left ?? [])
        #expect(names.count <= members && (news.members?.count ?? 0) <= members)
        if let change = news.change, let known = pages[place] {
            if isPrompt { for user in change.left { checkAbsence(of: user) } }
            pages[place] = known.union(change.joined).subtracting(change.left)
        } else {
            pages[place] = news.members.map { Set($0) }
        }
    }

    /// It was away for a second, and is not back, unless it came back since this was said.
    private func checkAbsence(of user: String) {
        let absence = absences[user]
        #expect(absence.map { $0.from + .seconds(1) <= now } == true, "\(user)")
        #expect(absence?.until.map { $0 + .milliseconds(100) >= now } != false, "\(user)")
    }

    // MARK: What has to be so

    func checkPages() {
        #expect(tellings <= steps / 10 + 1, "one in each second")
        guard online.count <= members else { return }
        for place in 0..<3 where !streams[place].isEmpty { #expect(pages[place] == online, "place \(place)") }
    }

    func checkEmpty() {
        #expect(book.topicCount == 0 && book.bytes == 0 && book.vacantTopics == 0)
        #expect(tables.allSatisfy { $0.isEmpty && $0.isReported && $0.bytes == 0 })
    }
}
