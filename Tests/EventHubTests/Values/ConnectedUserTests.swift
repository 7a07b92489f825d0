import EventLog
import SeededRandom
import Testing

@testable import EventHub

/// Who is connected, in pages.
@Suite struct ConnectedUserTests {
    private static let limits = StreamLimits(streams: 10_000, streamsPerUser: 100, topicsPerStream: 1)

    @Test func `a user is listed with its streams, as long as it has one`() throws {
        var presence = Presence(limits: Self.limits)
        for (user, shard) in [("alice", 0), ("bob", 1), ("alice", 1)] {
            try presence.admit(Interest(user: user), shard: shard)
        }
        let users = presence.users(after: 0, limit: 10)
        #expect(users.map(\.name) == ["alice", "bob"] && users.map(\.streams) == [2, 1])
        presence.release(
            Interest(user: "bob"), shard: 1, remaining: ShardRemainder(isEmpty: false, user: 0, topics: []))
        #expect(presence.users(after: 0, limit: 10).map(\.name) == ["alice"])
        try presence.admit(Interest(user: "bob"), shard: 1)
        #expect(presence.users(after: users[0].number, limit: 10).map(\.name) == ["bob"], "as one that has just come")
    }

    @Test func `thousands come in pages, each once`() throws {
        var presence = Presence(limits: Self.limits)
        for number in 0..<5000 { try presence.admit(Interest(user: "user \(number)"), shard: number % 4) }
        var (seen, last): ([String], UInt64) = ([], 0)
        while let page = Optional(presence.users(after: last, limit: 999)), let end = page.last {
            #expect(page.count <= 999)
            seen += page.map(\.name)
            last = end.number
        }
        #expect(seen == (0..<5000).map { "user \($0)" })
    }

    @Test func `the lowest numbers above one are found among many`() {
        var random = SeededGenerator(test: "the lowest numbers above one are found among many")
        for limit in [1, 2, 50, 1000] {
            let numbers = (1...3000).map { UInt64($0) }.shuffled(using: &random)
            var lowest = LowestNumbers(above: 700, limit: limit)
            for number in numbers { lowest.insert(number) }
            #expect(lowest.sorted == (701...3000).prefix(limit).map { UInt64($0) })
        }
    }
}

/// What clients call themselves, each name once.
@Suite struct AgentNamesTests {
    @Test func `a name is kept once, and goes with its last stream`() {
        var names = AgentNames()
        let (first, second, other) = (names.enter("curl/8"), names.enter("curl/8"), names.enter("Firefox"))
        #expect(first == second && names.name(first) == "curl/8" && names.name(other) == "Firefox")
        names.leave(first)
        #expect(names.name(second) == "curl/8" && names.count == 2)
        names.leave(second)
        #expect(names.count == 1)
        let next = names.enter("wget")
        #expect(names.name(next) == "wget", "in its place")
        #expect(names.name(other) == "Firefox")
        #expect(names.enter(nil) == .none && names.name(.none) == nil)
        names.leave(.none)
    }

    @Test func `strangers' names fill a bounded table, and those that are in it stay`() {
        var names = AgentNames()
        let known = names.enter("Firefox")
        let strange = (0..<3000).map { names.enter("bot \($0)") }
        #expect(names.count == AgentNames.limit && strange.count { $0 == .none } == 3001 - AgentNames.limit)
        #expect(names.enter("Firefox") == known)
        for number in strange { names.leave(number) }
        #expect(names.count == 1)
        let again = names.enter("bot 1")
        #expect(names.name(again) == "bot 1")
    }
}

/// Names of streams.
@Suite struct StreamNameTests {
    @Test func `a name has one text`() {
        #expect(StreamName("1-5") == StreamName(shard: 1, number: 5) && StreamName("0-0")?.description == "0-0")
        let others = [
            "", "-", "1", "1-", "-5", "1-5-2", "01-5", "1-05", "+1-5", "1-5 ", "１-5", "256-1", "1-99999999999999999999",
        ]
        for text in others {
            #expect(StreamName(text) == nil, "\(text)")
        }
    }
}
