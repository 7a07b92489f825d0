import EventLog
import Testing

/// Which tokens a list of revocations covers, and for how long.
@Suite struct RevocationListTests {
    private static let now = WallTime(milliseconds: 1_800_000_000_500)

    private static func list(_ revocations: Revocation...) throws -> RevocationList {
        var list = RevocationList(RevocationSettings())
        for revocation in revocations { try list.insert(revocation, now: now) }
        return list
    }

    @Test func `an empty one covers nothing`() throws {
        #expect(try !Self.list().covers(user: "alice", tokenID: "t", issuedAt: nil))
    }

    @Test(arguments: [(99, true), (100, false), (nil, true)] as [(Int64?, Bool)])
    func `a user's or everyone's covers what was issued before, or does not say when`(
        issuedAt: Int64?, isCovered: Bool
    ) throws {
        let hers = try Self.list(Revocation(.user("alice"), issuedBefore: 100, madeAt: Self.now))
        #expect(hers.covers(user: "alice", tokenID: "t", issuedAt: issuedAt) == isCovered)
        #expect(!hers.covers(user: "bob", tokenID: "t", issuedAt: issuedAt))
        let all = try Self.list(Revocation(.everyone, issuedBefore: 100, madeAt: Self.now))
        #expect(all.covers(user: "bob", tokenID: nil, issuedAt: issuedAt) == isCovered)
    }

    @Test func `a token's covers the one of this name, whenever it was issued`() throws {
        let list = try Self.list(Revocation(.token("t"), issuedBefore: 0, madeAt: Self.now))
        #expect(list.covers(user: "alice", tokenID: "t", issuedAt: .max - 1))
        #expect(list.covers(user: "bob", tokenID: "t", issuedAt: nil))
        #expect(
            !list.covers(user: "t", tokenID: "T", issuedAt: nil) && !list.covers(user: "t", tokenID: nil, issuedAt: 1))
    }

    @Test func `two of one target are one that covers what either does`() throws {
        let list = try Self.list(
            Revocation(.user("alice"), issuedBefore: 100, madeAt: Self.now),
            Revocation(.user("alice"), issuedBefore: 50, madeAt: Self.now))
        #expect(list.count == 1 && list.covers(user: "alice", tokenID: nil, issuedAt: 99))
        #expect(list.byteCount == list.all[0].cost)
    }

    @Test func `each ends when the last such token has, and clocks may differ`() throws {
        let settings = RevocationSettings(lifetimeSeconds: 1000)
        let hour = Int64(3600)
        let (second, skews) = (Self.now.milliseconds / 1000, 2 * Revocation.clockSkewSeconds)
        let past = Revocation(.user("alice"), issuedBefore: second - hour, madeAt: Self.now)
        #expect(past.end(keptFor: settings.seconds) == Self.now.adding(seconds: 1000 + skews))
        let ahead = Revocation(.everyone, issuedBefore: second + hour, madeAt: Self.now)
        #expect(
            ahead.end(keptFor: settings.seconds)
                == WallTime(milliseconds: (second + hour + 1000 + skews) * 1000), "such tokens are still to be issued")
        let token = Revocation(.token("t"), issuedBefore: 0, madeAt: Self.now)
        #expect(token.end(keptFor: settings.seconds) == Self.now.adding(seconds: 1000 + skews))
    }

    @Test func `what has ended goes, and its bytes`() throws {
        var list = RevocationList(RevocationSettings(lifetimeSeconds: 10))
        for name in ["a", "b"] {
            try list.insert(Revocation(.token(name), issuedBefore: 0, madeAt: Self.now), now: Self.now)
        }
        let end = list.end(of: list.all[0])
        #expect(list.dropExpired(WallTime(milliseconds: end.milliseconds - 1)).isEmpty)
        #expect(list.dropExpired(end) == [.token("a"), .token("b")])
        #expect(list.count == 0 && list.byteCount == 0 && !list.covers(user: "x", tokenID: "a", issuedAt: nil))
    }

    @Test func `what was there before a limit was lowered stays`() throws {
        let known = ["a", "b", "c"].map { Revocation(.user($0), issuedBefore: 1, madeAt: Self.now) }
        var list = RevocationList(RevocationSettings(count: 1), known: known)
        #expect(list.all == known)
        #expect(throws: EventLogError.self) {
            try list.insert(Revocation(.user("d"), issuedBefore: 1, madeAt: Self.now), now: Self.now)
        }
        #expect(throws: Never.self) { try list.insert(known[0], now: Self.now) }
    }

    @Test func `pages have each once`() throws {
        var list = RevocationList(RevocationSettings())
        for number in 0..<10 {
            try list.insert(Revocation(.token("\(number)"), issuedBefore: 0, madeAt: Self.now), now: Self.now)
        }
        var (names, last): ([String], UInt64) = ([], 0)
        while let page = Optional(list.page(after: last, limit: 3)), let end = page.last?.number {
            names += page.map(\.revocation.target.name)
            last = end
        }
        #expect(names == (0..<10).map(String.init))
    }
}
