import EventLog
import EventLogPromises
import NIOCore
import SeededRandom
import Testing

@testable import EventHub

/// Which streams of a shard an event is for.
@Suite struct ShardIndexTests {
    private static func stream(_ number: UInt64, _ user: String, _ topics: [String] = []) -> HubStream {
        HubStream(
            id: StreamID(number: number), interest: Interest(user: user, topics: topics), session: nil,
            term: StreamTerm(from: .uptimeNanoseconds(0), to: .distantFuture, notice: .zero), visit: .forTests,
            outlet: RecordingOutlet(),
            machine: StreamStateMachine(position: 0, isBehind: false, bufferLimit: 1),
            now: .uptimeNanoseconds(0))
    }

    private static func numbers(_ index: ShardIndex, _ audience: Audience) -> [UInt64] {
        index.streams(for: audience).map(\.id.number).sorted()
    }

    @Test func `each audience finds its streams`() {
        var index = ShardIndex()
        index.insert(Self.stream(1, "alice", ["news"]))
        index.insert(Self.stream(2, "alice"))
        index.insert(Self.stream(3, "bob", ["news", "sport"]))
        #expect(Self.numbers(index, .everyone) == [1, 2, 3])
        #expect(Self.numbers(index, .user("alice")) == [1, 2])
        #expect(Self.numbers(index, .users(["bob", "carol", "alice"])) == [1, 2, 3])
        #expect(Self.numbers(index, .topic("news")) == [1, 3])
        #expect(Self.numbers(index, .topic("sport")) == [3])
        #expect(Self.numbers(index, .user("carol")) == [])
        #expect(Self.numbers(index, .topic("alice")) == [], "a topic is no user")
    }

    @Test func `a user's second stream stays when the first one leaves`() {
        var index = ShardIndex()
        let (first, second) = (Self.stream(1, "alice"), Self.stream(2, "alice"))
        index.insert(first)
        index.insert(second)
        #expect(index.remove(first) == ShardRemainder(isEmpty: false, user: 1, topics: []))
        #expect(Self.numbers(index, .user("alice")) == [2])
        #expect(index.remove(second) == ShardRemainder(isEmpty: true, user: 0, topics: []))
        #expect(Self.numbers(index, .everyone) == [])
    }

    @Test func `streams that share topics in another order leave in any order`() {
        var index = ShardIndex()
        let streams = [
            Self.stream(1, "a", ["x", "y", "z"]), Self.stream(2, "b", ["z", "x"]),
            Self.stream(3, "c", ["y", "z", "x"]),
        ]
        for stream in streams { index.insert(stream) }
        #expect(index.remove(streams[0]).topics == [2, 1, 2])
        #expect(index.remove(streams[2]).topics == [0, 1, 1])
        #expect(Self.numbers(index, .topic("z")) == [2])
        #expect(index.remove(streams[1]) == ShardRemainder(isEmpty: true, user: 0, topics: [0, 0]))
    }

    @Test func `streams that come and go at random`() {
        var random = SeededGenerator(test: "streams that come and go at random")
        let (users, topics) = (["alice", "bob", "carol"], ["w", "x", "y", "z"])
        let audiences: [Audience] =
            [.everyone, .users(["alice", "carol"])] + users.map(Audience.user) + topics.map(Audience.topic)
        for _ in 0..<40 {
            var index = ShardIndex()
            var members: [HubStream] = []
            for number in UInt64(0)..<120 {
                let place = members.indices.randomElement(using: &random)
                if let place, Int.random(in: 0..<5, using: &random) < 2 {
                    let gone = members.remove(at: place)
                    let remainder = index.remove(gone)
                    let mates = members.filter { $0.interest.user == gone.interest.user }.count
                    #expect(remainder.isEmpty == members.isEmpty, "SLUICE_SEED=\(random.seed)")
                    #expect(remainder.user == mates, "SLUICE_SEED=\(random.seed)")
                    let counts = gone.interest.topics.map { topic in
                        members.filter { $0.interest.topics.contains(topic) }.count
                    }
                    #expect(remainder.topics == counts, "SLUICE_SEED=\(random.seed)")
                } else {
                    let chosen = topics.shuffled(using: &random).prefix(.random(in: 0...4, using: &random))
                    let stream = Self.stream(number, users.randomElement(using: &random) ?? "", Array(chosen))
                    members.append(stream)
                    index.insert(stream)
                }
                for audience in audiences {
                    let expected = members.filter { $0.interest.includes(audience) }.map(\.id.number).sorted()
                    #expect(Self.numbers(index, audience) == expected, "SLUICE_SEED=\(random.seed)")
                }
            }
        }
    }
}
