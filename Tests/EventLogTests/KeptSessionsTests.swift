import CAllocationCounter
import EventLog
import EventLogPromises
import SeededRandom
import Testing

/// Which sessions are kept, for how long, and whose goes when there are too many.
@Suite struct KeptSessionsTests {
    private static let now = WallTime(milliseconds: 1_800_000_000_000)

    private static func session(
        _ number: UInt8, of user: String = "alice", after seconds: Int64 = 3600, contentBytes: Int = 100
    ) -> KeptSession {
        .numbered(number, of: user, until: now.adding(seconds: seconds), contentBytes: contentBytes)
    }

    private static func kept(_ settings: SessionSettings, _ all: KeptSession...) throws -> KeptSessions {
        var sessions = KeptSessions(settings)
        for one in all {
            sessions.apply(try sessions.change(for: .signIn(one.user, keeping: one, inPlaceOf: []), now: now))
        }
        return sessions
    }

    @Test func `one is found by its name, until its end`() throws {
        let one = Self.session(1, after: 60)
        let sessions = try Self.kept(SessionSettings(), one)
        #expect(sessions.session(named: one.name, now: Self.now) == one)
        #expect(sessions.session(named: Self.session(2).name, now: Self.now) == nil)
        #expect(sessions.session(named: one.name, now: one.endsAt) == nil)
        #expect(sessions.expiry(now: one.endsAt) == SessionChange(forgotten: [one.name]))
    }

    @Test func `a name is 32 bytes, and gives them back`() {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        #expect(KeptSession.Name(digest: bytes)?.bytes == bytes)
        #expect(KeptSession.Name(digest: bytes.dropLast()) == nil && KeptSession.Name(digest: bytes + [0]) == nil)
    }

    @Test func `signing out takes these alone, and unknown ones are nothing`() throws {
        let (first, second) = (Self.session(1), Self.session(2))
        let sessions = try Self.kept(SessionSettings(), first, second)
        #expect(
            try sessions.change(for: .signOut([first.name, Self.session(3).name]), now: Self.now)
                == SessionChange(forgotten: [first.name]))
        #expect(try sessions.change(for: .signOut([Self.session(3).name]), now: Self.now).isNothing)
    }

    @Test func `a former one is good for some seconds more, and another user's for none`() throws {
        let (hers, his) = (Self.session(1), Self.session(2, of: "bob"))
        let sessions = try Self.kept(SessionSettings(), hers, his)
        let change = try sessions.change(
            for: .signIn("alice", keeping: nil, inPlaceOf: [hers.name, his.name]), now: Self.now)
        let soon = Self.session(1, after: KeptSessions.graceSeconds)
        #expect(change == SessionChange(kept: [soon], forgotten: [his.name]))
    }

    @Test func `a former one that ends sooner by itself is left alone`() throws {
        let hers = Self.session(1, after: 3)
        let sessions = try Self.kept(SessionSettings(), hers)
        #expect(
            try sessions.change(for: .signIn("alice", keeping: nil, inPlaceOf: [hers.name]), now: Self.now).isNothing)
    }

    @Test func `in a full table a browser that signs in again has its own room`() throws {
        let hers = Self.session(1)
        let settings = SessionSettings(bytes: 4 * hers.cost)
        let others = (2...4).map { Self.session($0, of: "user \($0)") }
        var sessions = try Self.kept(settings, hers, others[0], others[1], others[2])
        let again = Self.session(9)
        let change = try sessions.change(for: .signIn("alice", keeping: again, inPlaceOf: [hers.name]), now: Self.now)
        sessions.apply(change)
        #expect(change == SessionChange(kept: [again], forgotten: [hers.name]))
        #expect(sessions.byteCount == settings.bytes)
        let full = #expect(throws: EventLogError.self) {
            try sessions.change(for: .signIn("eve", keeping: Self.session(8, of: "eve"), inPlaceOf: []), now: Self.now)
        }
        #expect(full?.code == .sessionsFull && full?.code.advice.contains("session.kept_bytes") == true)
    }

    @Test func `a user has a quarter of the bytes at most, however long its tokens are`() throws {
        let large = Self.session(1, contentBytes: 10_000)
        let settings = SessionSettings(bytes: 8 * large.cost)
        let sessions = try Self.kept(
            settings, large, Self.session(2, after: 7200, contentBytes: 10_000),
            Self.session(3, after: 7200, contentBytes: 10_000))
        #expect(sessions.count == 2 && sessions.session(named: large.name, now: Self.now) == nil)
    }

    private static func of(_ signIn: String, _ number: UInt8, after seconds: Int64 = 3600) -> KeptSession {
        let one = session(number, after: seconds)
        return KeptSession(name: one.name, user: one.user, session: signIn, endsAt: one.endsAt, content: one.content)
    }

    @Test func `of a sign-in the former one stays until the next time, and those before it go`() throws {
        let all = (1...3).map { Self.of("here", $0) }
        var sessions = KeptSessions(SessionSettings())
        for (number, one) in all.enumerated() {
            let old = number == 0 ? [] : [all[number - 1].name]
            sessions.apply(try sessions.change(for: .signIn("alice", keeping: one, inPlaceOf: old), now: Self.now))
        }
        let soon = Self.of("here", 1, after: KeptSessions.graceSeconds)
        #expect(sessions.all == [soon, all[1], all[2]])
        let out = try sessions.change(for: .signOut([all[2].name]), now: Self.now)
        #expect(out == SessionChange(forgotten: all.map(\.name)), "with all that is left of the sign-in")
        #expect(sessions.cutShort(by: out, now: Self.now) == [all[1], all[2]])
        #expect(sessions.cutShort(by: SessionChange(forgotten: [all[1].name]), now: Self.now) == [])
        #expect(sessions.cutShort(by: SessionChange(forgotten: [soon.name]), now: Self.now) == [])
    }

    @Test func `with too many the former ones go first`() throws {
        let (former, newer) = (Self.of("here", 1), Self.of("here", 2, after: 7200))
        let there = Self.of("there", 3, after: 60)
        var sessions = KeptSessions(SessionSettings(perUser: 3))
        for (one, old) in [(there, [KeptSession.Name]()), (former, []), (newer, [former.name])] {
            sessions.apply(try sessions.change(for: .signIn("alice", keeping: one, inPlaceOf: old), now: Self.now))
        }
        let change = try sessions.change(
            for: .signIn("alice", keeping: Self.of("third", 4), inPlaceOf: []), now: Self.now)
        #expect(change.forgotten == [former.name])
    }

    @Test func `a change can be taken back`() throws {
        let (hers, his) = (Self.session(1), Self.session(2, of: "bob"))
        var sessions = try Self.kept(SessionSettings(), hers, his)
        let change = try sessions.change(
            for: .signIn("alice", keeping: Self.session(3), inPlaceOf: [hers.name, his.name]), now: Self.now)
        let (before, reversal) = (sessions.all, sessions.reversal(of: change))
        sessions.apply(change)
        sessions.apply(reversal)
        #expect(sessions.all == before && sessions.byteCount == hers.cost + his.cost)
    }

    @Test func `many that end together go at once, or so many at a time`() {
        let all = (0..<2000).compactMap { number in
            KeptSession.Name(digest: (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 3))) }).map {
                KeptSession(
                    name: $0, user: "\(number)", endsAt: Self.now.adding(seconds: Int64(number % 2 * 60)), content: [])
            }
        }
        var sessions = KeptSessions(SessionSettings(bytes: .max), known: all)
        let first = sessions.expiry(now: Self.now, limit: 500)
        #expect(first.forgotten == sessions.all.prefix(500).map(\.name))
        sessions.apply(SessionChange(forgotten: first.forgotten.reversed() + [all[1].name]))
        #expect(sessions.count == 1499 && sessions.expiry(now: Self.now, limit: 501).forgotten.count == 500)
        sessions.expire(now: Self.now)
        #expect(sessions.count == 999 && sessions.all.allSatisfy { $0.endsAt > Self.now })
        #expect(sessions.byteCount == sessions.all.reduce(0) { $0 + $1.cost })
    }

    @Test func `what was there before a limit was lowered stays`() throws {
        let known = [Self.session(1), Self.session(2, of: "bob")]
        let sessions = KeptSessions(SessionSettings(bytes: 10), known: known)
        #expect(sessions.all == known)
    }

    /// By the allocator's account. The counts are where Swift's tables have just doubled, and where they are about to.
    @Test(arguments: [9, 16, 256], [385, 760, 1540])
    func `they count for what they take up`(nameBytes: Int, count: Int) throws {
        for contentBytes in [200, 4000] {
            var sessions = KeptSessions(SessionSettings(bytes: .max))
            let before = held_bytes()
            for number in 0..<count {
                let digest = (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 2))) ^ UInt8($0) }
                let name = try #require(KeptSession.Name(digest: digest))
                let user = "\(number)" + String(repeating: "n", count: nameBytes - "\(number)".utf8.count)
                let one = KeptSession(
                    name: name, user: user, endsAt: Self.now.adding(seconds: Int64(number % 7)),
                    content: [UInt8](repeating: 1, count: contentBytes))
                sessions.apply(SessionChange(kept: [one]))
            }
            let ratio = Double(held_bytes() - before) / Double(sessions.byteCount)
            #expect((0.35...1.05).contains(ratio), "\(ratio)")
            #expect(sessions.count == count)
        }
    }

    /// Against a model that has them in a list and looks at all of them for everything.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `they are as a plain list would have them`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let settings = SessionSettings(bytes: 12_000, perUser: 3)
        var (sessions, model, now) = (KeptSessions(settings), SessionModel(settings), Self.now)
        for _ in 0..<500 {
            now = now.adding(seconds: .random(in: 0...20, using: &random))
            let order = Self.order(at: now, &random)
            let change = try? sessions.change(for: order, now: now)
            let isDone = model.record(order, now: now)
            #expect((change != nil) == isDone)
            if let change { sessions.apply(change) }
            #expect(sessions.all.filter { $0.endsAt > now } == model.all(at: now))
            #expect(sessions.byteCount == sessions.all.reduce(0) { $0 + $1.cost })
            #expect(sessions.byteCount <= settings.bytes)
        }
    }

    private static func order(at now: WallTime, _ random: inout SeededGenerator) -> SessionOrder {
        let names = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            Self.session(.random(in: 1...24, using: &random)).name
        }
        guard Int.random(in: 0..<4, using: &random) > 0 else { return .signOut(names) }
        let user = ["alice", "bob", "carol", "dave"].randomElement(using: &random) ?? ""
        let one = KeptSession.numbered(
            .random(in: 1...24, using: &random), of: user,
            until: now.adding(seconds: .random(in: 1...100, using: &random)),
            contentBytes: .random(in: 0...2000, using: &random))
        let isKept = Int.random(in: 0..<4, using: &random) > 0
        return .signIn(user, keeping: isKept ? one : nil, inPlaceOf: names)
    }
}

/// The same rules over a list.
private struct SessionModel {
    let settings: SessionSettings
    private var list: [KeptSession] = []

    init(_ settings: SessionSettings) { self.settings = settings }

    func all(at now: WallTime) -> [KeptSession] {
        list.filter { $0.endsAt > now }.sorted { ($0.endsAt, $0.name) < ($1.endsAt, $1.name) }
    }

    mutating func record(_ order: SessionOrder, now: WallTime) -> Bool {
        var next = all(at: now)
        switch order {
        case .signOut(let names): next.removeAll { names.contains($0.name) }
        case .signIn(let user, let session, let old):
            next.removeAll { old.contains($0.name) && $0.user != user }
            next = next.map { old.contains($0.name) ? Self.retired($0, now) : $0 }
            guard let session else { break }
            next.removeAll { $0.name == session.name }
            let share = settings.bytes / 4
            while let first = next.filter({ $0.user == user }).min(by: { ($0.endsAt, $0.name) < ($1.endsAt, $1.name) }),
                case let own = next.filter({ $0.user == user }),
                own.count >= settings.perUser || Self.sum(own) + session.cost > share
            {
                next.removeAll { $0.name == first.name }
            }
            if Self.sum(next) + session.cost > settings.bytes { next.removeAll { old.contains($0.name) } }
            guard Self.sum(next) + session.cost <= settings.bytes else { return false }
            next.append(session)
        }
        list = next
        return true
    }

    private static func retired(_ session: KeptSession, _ now: WallTime) -> KeptSession {
        KeptSession(
            name: session.name, user: session.user,
            endsAt: min(session.endsAt, now.adding(seconds: KeptSessions.graceSeconds)), content: session.content)
    }

    private static func sum(_ sessions: [KeptSession]) -> Int { sessions.reduce(0) { $0 + $1.cost } }
}
